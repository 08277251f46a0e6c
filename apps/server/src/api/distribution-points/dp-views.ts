import { Injectable } from '@nestjs/common';
import {
  accountsToEnter,
  clockFaultOf,
  lacksAccount,
  lastSightingOf,
  lastSignOf,
  machinesOf,
  openContradictions,
  wantedAgent,
  type Account,
  type DistributionPoint,
  type DpClock,
  type DpId,
  type TenantScope,
} from '#domain';
import { BrokerUnavailable, OrderQueues, QueueRefused, TopologyMismatch } from '#messaging';
import { AccountRepository, OrderRepository } from '#persistence';
import { currentTime } from '#runtime';
import { type Language, type MessageDescriptor, textIn } from '#texts';
import type { Plain } from '../../platform/http/plain.js';
import { AgentBundlesService } from '../../engine/agent-bundles/agent-bundles.service.js';
import { DpSilence } from '../../engine/eligibility/dp-silence.js';
import { type KeyAlert, PinnedKeys } from '../../platform/keys/pinned-keys.js';
import { SettingsService } from '../../platform/settings/settings.service.js';
import type {
  DistributionPointDto,
  DpMachineDto,
  DpOrdersDto,
  DpQueueDto,
} from './distribution-point.dto.js';
import { agentView } from './dp-agent-view.js';
import { machineAlerts, machineViews, oldAgentAlerts, updateAlerts } from './dp-machine-views.js';
import { dpStatus } from '../../engine/distribution-points/dp-status.js';
import type { InLanguage } from '../../platform/http/request-language.js';

/** What is to be seen of a DP's queue. */
interface QueueView {
  queue: DpQueueDto | null;
  fault: TopologyMismatch | QueueRefused | null;
}

const NO_QUEUE: QueueView = { queue: null, fault: null };
const NO_ORDERS: DpOrdersDto = { open: 0, running: 0, failed: 0 };

/**
 * Distribution points as administrators see them: with their queue, their orders and their health (R5). Of one that serves
 * every tenant, each sees its own orders, and the queue is for those who see all.
 */
@Injectable()
export class DpViews {
  constructor(
    private readonly orders: OrderRepository,
    private readonly accounts: AccountRepository,
    private readonly queues: OrderQueues,
    private readonly settings: SettingsService,
    private readonly pinned: PinnedKeys,
    private readonly silence: DpSilence,
    private readonly bundles: AgentBundlesService,
  ) {}

  async one(
    scope: TenantScope,
    dp: DistributionPoint,
    language: Language,
  ): Promise<Plain<DistributionPointDto>> {
    const [view] = await this.many(scope, [dp], language);
    if (!view) throw new Error('a view was lost');
    return view;
  }

  async many(
    scope: TenantScope,
    dps: readonly DistributionPoint[],
    language: Language,
  ): Promise<Plain<DistributionPointDto>[]> {
    return (await this.inLanguages(scope, dps)).map((view) => view(language));
  }

  /** As {@link many}, for readers of several languages. */
  async inLanguages(
    scope: TenantScope,
    dps: readonly DistributionPoint[],
  ): Promise<InLanguage<Plain<DistributionPointDto>>[]> {
    const now = currentTime();
    const [orders, accounts] = await Promise.all([
      this.orders.countsByDp(
        scope,
        dps.map((dp) => dp.id),
      ),
      dps.length > 0 ? this.accounts.list(scope) : [],
    ]);
    const offered = await this.bundles.versions();
    return Promise.all(
      dps.map(async (dp) => {
        const { pollInterval, agentVersion, minimumAgentVersion } = await this.settings.forDp(
          dp.tenant,
          dp.id,
        );
        const queue = dp.tenant === null && scope !== 'all' ? NO_QUEUE : await this.queueOf(dp);
        const counts = orders.get(dp.id) ?? NO_ORDERS;
        const overdue = this.isLate(dp, pollInterval, now);
        const unheardSince = this.silence.unheardSince(pollInterval, now);
        const wanted = wantedAgent(agentVersion, offered)?.version ?? null;
        // of a pair one says it for both
        const keyAlerts = machinesOf(dp)
          .flatMap((machine) => this.pinned.alertsOf(machine))
          .slice(0, 1);
        const isLate = (one: DistributionPoint): boolean => this.isLate(one, pollInterval, now);
        const machines = machineViews(dp, accounts, isLate, minimumAgentVersion);
        const agents = { wanted, minimum: minimumAgentVersion };
        const parts = { dp, accounts, queue, orders: counts, machines, overdue, unheardSince, agents };
        return (language) => show(parts, keyAlerts, now, language);
      }),
    );
  }

  /** Ids of the enabled ones that were not heard of for too long. */
  async overdueAmong(dps: readonly DistributionPoint[], now: Date): Promise<ReadonlySet<DpId>> {
    // all at once: settings that are asked for together are read together
    const late = await Promise.all(
      dps.map(async (dp) => {
        const { pollInterval } = await this.settings.forDp(dp.tenant, dp.id);
        return this.isLate(dp, pollInterval, now) ? [dp.id] : [];
      }),
    );
    return new Set(late.flat());
  }

  /** Ids of the enabled ones at which orders wait for an account to be entered again. */
  async lackingAccount(scope: TenantScope, dps: readonly DistributionPoint[]): Promise<ReadonlySet<DpId>> {
    const accounts = await this.accounts.list(scope);
    return new Set(dps.flatMap((dp) => (lacksAccount(accounts, dp) ? [dp.id] : [])));
  }

  private isLate(dp: DistributionPoint, pollInterval: number, now: Date): boolean {
    return dp.state === 'enabled' && this.silence.isOverdue(lastSignOf(dp), pollInterval, now);
  }

  private async queueOf(dp: DistributionPoint): Promise<QueueView> {
    try {
      const { ready, unacked } = await this.queues.counts(dp.id);
      return { queue: { ready, unacked: unacked ?? 0 }, fault: null };
    } catch (error) {
      if (error instanceof BrokerUnavailable) return NO_QUEUE;
      if (error instanceof TopologyMismatch || error instanceof QueueRefused)
        return { queue: null, fault: error };
      throw error;
    }
  }
}

/** A {@link DpAlertDto} that nobody has put into words yet. */
type DpAlert = { code: string; at: string } & MessageDescriptor;

interface DpParts {
  dp: DistributionPoint;
  /** Those that may be shown. */
  accounts: readonly Account[];
  queue: QueueView;
  orders: DpOrdersDto;
  machines: Plain<DpMachineDto>[];
  overdue: boolean;
  unheardSince: Date | null;
  /** The version that is wanted of its agent, and the oldest one that gets orders. */
  agents: { wanted: string | null; minimum: string };
}

function show(
  { dp, accounts, queue: { queue, fault }, orders, machines, overdue, unheardSince, agents }: DpParts,
  keyAlerts: readonly KeyAlert[],
  now: Date,
  language: Language,
): Plain<DistributionPointDto> {
  const lastSign = lastSignOf(dp);
  const lastSeen = lastSightingOf(dp);
  const toEnter = dp.state === 'enabled' ? accountsToEnter(accounts, dp) : [];
  const clock = clockFaultOf(dp);
  const alerts: DpAlert[] = [
    ...(fault ? [queueFault(fault, now)] : []),
    ...(clock ? [clockOff(clock)] : []),
    ...(overdue && lastSign && orders.open > 0 ? [overdueWithOrders(lastSign, orders.open)] : []),
    ...(dp.keys && lacksAccount(accounts, dp) ? [noAccountOpens(dp.keys.since, toEnter)] : []),
    ...updateAlerts(machines),
    ...oldAgentAlerts(machines, agents.minimum, now),
    ...machineAlerts(machines, now),
    ...keyAlerts,
    ...contradictionAlerts(dp),
  ];
  return {
    id: dp.id,
    name: dp.name,
    tenant: dp.tenant,
    state: dpStatus(dp),
    keyFingerprint: dp.keys?.fingerprint ?? null,
    sealingKeyId: dp.keys?.sealingKeyId ?? null,
    agent: dp.agent && agentView(dp.agent),
    wantedAgentVersion: agents.wanted,
    lastSeen: lastSeen?.at.toISOString() ?? null,
    address: lastSeen?.address ?? null,
    machines,
    overdue,
    unheardSince: unheardSince?.toISOString() ?? null,
    alerts: alerts.map((alert) => ({ code: alert.code, at: alert.at, text: textIn(language, alert) })),
    accountsToEnter: toEnter.map(({ id, label, tenant }) => ({ id, label, tenant })),
    queue,
    orders,
    createdAt: dp.createdAt.toISOString(),
    revision: dp.revision,
  };
}

/** Its orders wait until somebody has seen to it; other DPs' orders do not. */
function queueFault(fault: TopologyMismatch | QueueRefused, now: Date): DpAlert {
  const { queue, reason } = fault;
  const at = now.toISOString();
  if (fault instanceof TopologyMismatch) {
    return {
      code: 'QUEUE_TOPOLOGY',
      at,
      key: 'dpAlert.topology',
      params: { queue, reason },
    };
  }
  return {
    code: 'QUEUE_REFUSED',
    at,
    key: 'dpAlert.brokerRefuses',
    params: { queue, reason },
  };
}

function overdueWithOrders(since: Date, open: number): DpAlert {
  const at = since.toISOString();
  return {
    code: 'OVERDUE_WITH_ORDERS',
    at,
    key: 'dpAlert.silent',
    params: { time: at, count: open },
  };
}

function clockOff({ at, off }: DpClock): DpAlert {
  const seconds = Math.abs(off);
  return {
    code: 'CLOCK_OFF',
    at: at.toISOString(),
    key: off > 0 ? 'dpAlert.clockAhead' : 'dpAlert.clockBehind',
    params: { seconds },
  };
}

/** Somebody has changed the audit, or put back a backup: a person says which. */
function contradictionAlerts(dp: DistributionPoint): DpAlert[] {
  return openContradictions(dp).map(({ had, has, heardAt }) => ({
    code: 'AUDIT_CONTRADICTED',
    at: heardAt.toISOString(),
    key: 'dpAlert.auditContradicted',
    params: {
      name: dp.name,
      had: had.checkpoint,
      hadEntry: had.sequence,
      has: has.checkpoint,
      hasEntry: has.sequence,
    },
  }));
}

function noAccountOpens(since: Date, accounts: readonly Account[]): DpAlert {
  const labels = accounts.map(({ label }) => label);
  return {
    code: 'ACCOUNT_NOT_SEALED',
    at: since.toISOString(),
    key: 'dpAlert.accountsUnreadable',
    params: { labels },
  };
}
