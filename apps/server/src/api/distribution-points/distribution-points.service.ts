import { Injectable, Logger } from '@nestjs/common';
import {
  acceptContradictions,
  type Caller,
  disable,
  type DistributionPoint,
  DomainError,
  type DpId,
  enable,
  inScope,
  invalid,
  inviteSecond,
  removeMachine,
  SERVER_DP,
  type TenantId,
} from '#domain';
import { OrderQueues } from '#messaging';
import {
  ComputerRepository,
  DistributionPointRepository,
  LocationRuleRepository,
  OrderRepository,
  TenantRepository,
  updateWithRetry,
} from '#persistence';
import { sameFingerprint } from '#sealing';
import { currentTime } from '#runtime';
import { AuditService } from '../../platform/audit/audit.service.js';
import { ChangeFeed } from '../../platform/events/change-feed.js';
import { isRepeatOf, type IdempotentCreate } from '../../platform/http/idempotent-create.js';
import { assertRevision } from '../../platform/http/if-match.js';
import { HoldReevaluator } from '../../engine/holds/hold-reevaluator.js';
import { makeJoinToken } from './join-token.js';

const MISSING = 'notFound.dp';

/** A DP with a join token that is shown now and never again. */
export interface Joinable {
  dp: DistributionPoint;
  token: string;
}

/** What administrators do with distribution points (R5, R7). */
@Injectable()
export class DistributionPointsService {
  private readonly log = new Logger(DistributionPointsService.name);

  constructor(
    private readonly dps: DistributionPointRepository,
    private readonly tenants: TenantRepository,
    private readonly computers: ComputerRepository,
    private readonly orders: OrderRepository,
    private readonly locationRules: LocationRuleRepository,
    private readonly holds: HoldReevaluator,
    private readonly queues: OrderQueues,
    private readonly audit: AuditService,
    private readonly feed: ChangeFeed,
  ) {}

  /** @throws DomainError VALIDATION_FAILED for an unknown tenant, FORBIDDEN, DUPLICATE */
  async create(
    caller: Caller,
    wish: { id: DpId; name: string; tenant: TenantId | null },
    creation: IdempotentCreate,
  ): Promise<Joinable> {
    await this.demandTenant(caller, wish.tenant);
    const now = currentTime();
    const { text, stored } = makeJoinToken(wish.id, now);
    const dp: DistributionPoint = {
      ...wish,
      state: 'created',
      keys: null,
      joinToken: stored,
      agent: null,
      lastSeen: null,
      createdAt: now,
      revision: 0,
    };
    if (!(await this.dps.insert(dp))) {
      const existing = await this.dps.findById('all', wish.id);
      if (existing && isRepeatOf(existing, creation)) return this.newJoinToken(caller, wish.id);
      throw new DomainError('DUPLICATE', 'duplicate.dp', { dp: wish.id });
    }
    await this.declareQueue(wish.id);
    await this.audit.record(
      caller,
      'dp.created',
      `dp:${dp.id}`,
      { after: { name: dp.name, tenant: dp.tenant } },
      dp.tenant,
    );
    this.changed(dp);
    return { dp, token: text };
  }

  /** @throws DomainError NOT_FOUND */
  async get(caller: Caller, id: DpId): Promise<DistributionPoint> {
    const dp = await this.dps.findById(caller.tenants, id);
    if (!dp) throw new DomainError('NOT_FOUND', MISSING);
    return dp;
  }

  async rename(
    caller: Caller,
    id: DpId,
    name: string | undefined,
    revision: number | null,
  ): Promise<DistributionPoint> {
    const dp = await this.change(caller, id, 'dp.changed', (before) => {
      assertRevision(before, revision);
      return name === undefined || name === before.name ? null : { ...before, name };
    });
    return dp;
  }

  /** A fresh join token; the one before stops working. */
  async newJoinToken(caller: Caller, id: DpId): Promise<Joinable> {
    const { text, stored } = makeJoinToken(id, currentTime());
    const dp = await this.change(caller, id, 'dp.join-token', (before) => {
      // whichever joined, the other one would stand still until somebody has looked at it
      if (before.second) throw new DomainError('WRONG_STATE', 'dp.pairIsFull');
      return { ...before, joinToken: stored };
    });
    return { dp, token: text };
  }

  /**
   * A join token for a second machine.
   *
   * @throws DomainError WRONG_STATE when no machine has joined yet, or there are two
   */
  async inviteSecond(caller: Caller, id: DpId): Promise<Joinable> {
    const { text, stored } = makeJoinToken(id, currentTime());
    const dp = await this.change(caller, id, 'dp.machine-invited', (before) => inviteSecond(before, stored));
    return { dp, token: text };
  }

  /**
   * Takes one machine of a pair away: gateways refuse it at once. What it was working on goes to the other one.
   *
   * @param machine the id of its sealing key
   * @throws DomainError NOT_FOUND, WRONG_STATE when it is the only one
   */
  async removeMachine(caller: Caller, id: DpId, machine: string): Promise<void> {
    const dp = await this.change(caller, id, 'dp.machine-removed', (before) =>
      removeMachine(before, machine),
    );
    this.feed.changed('keys', id, dp.tenant);
  }

  /**
   * Enables a DP [freischalten]. Orders that were held back because it was not enabled become due.
   *
   * @param fingerprint what the administrator read on the machine; null: not compared
   * @throws DomainError WRONG_STATE when nothing has joined, or its fingerprint is another one
   */
  async enable(caller: Caller, id: DpId, fingerprint: string | null): Promise<DistributionPoint> {
    const dp = await this.change(caller, id, 'dp.enabled', (before) => {
      const known = [before.keys, before.second?.keys].flatMap((keys) => keys?.fingerprint ?? []);
      const same = fingerprint !== null && known.find((own) => sameFingerprint(fingerprint, own));
      return enable(before, same || fingerprint);
    });
    await this.declareQueue(id);
    await this.holds.dpEnabled(id);
    return dp;
  }

  /** Disables a DP [sperren]: gateways are told at once; it gets no orders and no files any more. */
  disable(caller: Caller, id: DpId): Promise<DistributionPoint> {
    return this.change(caller, id, 'dp.disabled', disable);
  }

  /**
   * Ends the alerts of a DP that was told an audit which contradicts what it was told before: somebody knows why.
   *
   * @param heardAt of the newest of them that was looked at
   * @throws DomainError WRONG_STATE when there is a newer one, or none of that time
   */
  acceptAudit(caller: Caller, id: DpId, heardAt: Date): Promise<DistributionPoint> {
    return this.change(caller, id, 'dp.audit-accepted', (before) => {
      const after = acceptContradictions(before, heardAt, currentTime());
      if (after === undefined) throw new DomainError('WRONG_STATE', 'dp.auditNotSeen', { name: before.name });
      return after;
    });
  }

  /** @throws DomainError WRONG_STATE when it has open orders or computers fixed to it, or is the server DP */
  async remove(caller: Caller, id: DpId, revision: number | null): Promise<void> {
    const dp = await this.get(caller, id);
    demandManage(caller, dp);
    assertRevision(dp, revision);
    if (id === SERVER_DP) throw new DomainError('WRONG_STATE', 'dp.serverStays');
    const [computers, orders] = await Promise.all([
      this.computers.countFixedTo(id),
      this.orders.countOpen(id),
    ]);
    if (computers > 0 || orders > 0) {
      throw new DomainError('WRONG_STATE', 'dp.inUse', { computers, orders });
    }
    if (!(await this.dps.remove(id, dp.revision))) {
      throw new DomainError('REVISION_STALE', 'changed.dp');
    }
    await this.locationRules.removeOfDp(id);
    await this.queues
      .remove(id)
      .catch((error: unknown) => this.log.warn(error, `the queue of ${id} is still there`));
    await this.audit.record(
      caller,
      'dp.deleted',
      `dp:${id}`,
      { before: { name: dp.name, tenant: dp.tenant } },
      dp.tenant,
    );
    this.changed(dp);
    this.feed.changed('keys', id, dp.tenant);
  }

  private async change(
    caller: Caller,
    id: DpId,
    action: string,
    decide: (dp: DistributionPoint) => DistributionPoint | null,
  ): Promise<DistributionPoint> {
    const { before, after } = await updateWithRetry(
      () => this.dps.findById(caller.tenants, id),
      (dp) => {
        demandManage(caller, dp);
        return decide(dp);
      },
      (dp) => this.dps.replace(dp),
      MISSING,
    );
    if (after !== before) {
      const data = { before: summary(before), after: summary(after) };
      await this.audit.record(caller, action, `dp:${id}`, data, after.tenant);
    }
    // Told again even when nothing changed: a broadcast that got lost is made up for by asking again.
    this.changed(after);
    return after;
  }

  private async demandTenant(caller: Caller, tenant: TenantId | null): Promise<void> {
    if (tenant === null) {
      demandOwner(caller);
      return;
    }
    if (!inScope(caller.tenants, tenant) || !(await this.tenants.findById(caller.tenants, tenant))) {
      throw invalid([{ path: 'tenant', code: 'unknown', key: 'fault.unknownTenant' }]);
    }
  }

  private async declareQueue(id: DpId): Promise<void> {
    // The dispatcher declares it as well before the first ticket; this only makes it visible from the start.
    await this.queues
      .declare(id)
      .catch((error: unknown) => this.log.warn(error, `the queue of ${id} is not declared yet`));
  }

  private changed(dp: DistributionPoint): void {
    this.feed.changed('dp', dp.id, dp.tenant);
  }
}

/** DPs without a tenant serve everybody and are managed by owners. */
function demandManage(caller: Caller, dp: DistributionPoint): void {
  if (dp.tenant === null) demandOwner(caller);
}

function demandOwner(caller: Caller): void {
  if (caller.role === 'owner' && caller.tenants === 'all') return;
  throw new DomainError('FORBIDDEN', 'dp.ownersOnly');
}

/** What of a DP stands in the audit. */
function summary({
  name,
  state,
  keys,
  joinToken,
  second,
  contradictions = [],
}: DistributionPoint): Record<string, unknown> {
  const joinBy = joinToken && joinToken.expiresAt;
  const other = second && { state: second.state, fingerprint: second.keys.fingerprint };
  return {
    name,
    state,
    fingerprint: keys?.fingerprint ?? null,
    joinBy,
    ...(other && { second: other }),
    ...(contradictions.length > 0 && { contradiction: contradictions.at(-1) }),
  };
}
