import { Injectable } from '@nestjs/common';
import {
  type AgentDemand,
  type IdentityAnswer,
  type MachineIdentity,
  type ProofAnswer,
  proofText,
  TAKEN_FIELDS,
} from '#contract';
import {
  type DistributionPoint,
  DomainError,
  type DpId,
  isOutdone,
  lastSignOf,
  machinesOf,
  type OneMachine,
  type Settings,
  wantedAgent,
} from '#domain';
import { AccountRepository, DistributionPointRepository } from '#persistence';
import { currentTime } from '#runtime';
import { ServerKeys } from '../../platform/keys/server-keys.js';
import { SettingsService } from '../../platform/settings/settings.service.js';
import { AgentBundlesService } from '../agent-bundles/agent-bundles.service.js';
import { AuditCheckpoints } from '../audit/audit-checkpoints.js';
import { DpSilence } from '../eligibility/dp-silence.js';
import { dpStatus } from './dp-status.js';
import { hasOldAgent } from './old-agents.js';

/** What gateways need to know of a DP to let it in and to pace its polls. */
@Injectable()
export class DpIdentityService {
  constructor(
    private readonly dps: DistributionPointRepository,
    private readonly accounts: AccountRepository,
    private readonly settings: SettingsService,
    private readonly keys: ServerKeys,
    private readonly bundles: AgentBundlesService,
    private readonly silence: DpSilence,
    private readonly checkpoints: AuditCheckpoints,
  ) {}

  /** Shows that it is this server that answers, and what time it is here. */
  async prove(nonce: string, now: Date): Promise<ProofAnswer> {
    const at = now.toISOString();
    return { nonce, at, signature: this.keys.signText(proofText({ nonce, at })) };
  }

  /** @throws DomainError NOT_FOUND when there is no such DP, or it has not joined */
  async identityOf(id: DpId): Promise<IdentityAnswer> {
    const dp = await this.dps.findById('all', id);
    if (!dp?.keys) throw new DomainError('NOT_FOUND', 'notFound.dp');
    const { pollInterval, pollJitter, longPoll, agentVersion, minimumAgentVersion } =
      await this.settings.forDpNow(dp.tenant, dp.id);
    const demand = (machine: Pick<OneMachine, 'agent'>) => demandOf(minimumAgentVersion, machine);
    return {
      dp: dp.id,
      status: dpStatus(dp),
      signingKey: dp.keys.signing,
      settings: { pollInterval, pollJitter, longPoll },
      update: wantedAgent(agentVersion, agentVersion === 'newest' ? await this.bundles.versions() : []),
      checkpoint: await this.checkpoints.forDps(),
      takes: [...TAKEN_FIELDS],
      ...demand(dp),
      ...(dp.second && {
        machines: await this.machinesOf(dp, demand, { pollInterval, minimumAgentVersion }, currentTime()),
      }),
    };
  }

  private async machinesOf(
    dp: DistributionPoint,
    demand: (machine: OneMachine) => { agent?: AgentDemand },
    { pollInterval, minimumAgentVersion }: Pick<Settings, 'pollInterval' | 'minimumAgentVersion'>,
    now: Date,
  ): Promise<MachineIdentity[]> {
    const accounts = await this.accounts.list(dp.tenant === null ? 'all' : [dp.tenant]);
    // one that is too old polls, and gets no orders: it carries out as little as one that is silent
    const isSilent = (one: OneMachine): boolean =>
      hasOldAgent(minimumAgentVersion, one) || this.silence.isOverdue(lastSignOf(one), pollInterval, now);
    return machinesOf(dp).map((machine) => ({
      machine: machine.keys.sealingKeyId,
      status: dpStatus(machine),
      signingKey: machine.keys.signing,
      isIdle: isOutdone(dp, machine.keys.sealingKeyId, accounts, isSilent),
      ...demand(machine),
    }));
  }
}

/** @param minimum the setting `minimumAgentVersion` */
function demandOf(minimum: string, { agent }: Pick<OneMachine, 'agent'>): { agent?: AgentDemand } {
  return minimum === 'none' ? {} : { agent: { minimum, version: agent?.version ?? null } };
}
