import { Injectable, Logger } from '@nestjs/common';
import type { EnrolCall } from '#contract';
import {
  type DistributionPoint,
  DomainError,
  type DpId,
  type DpKeys,
  isEnabledByKey,
  type JoinKey,
  useJoinKey,
} from '#domain';
import { OrderQueues } from '#messaging';
import { DistributionPointRepository, JoinKeyRepository, updateWithRetry } from '#persistence';
import { AuditService } from '../../platform/audit/audit.service.js';
import { ServerKeys } from '../../platform/keys/server-keys.js';
import { HoldReevaluator } from '../holds/hold-reevaluator.js';

const INVALID = 'dp.joinKeyInvalid';

/**
 * Joining by a key for many DPs (docs/install-dp.md). The DP is made as it joins; one that a machine has joined already is
 * never taken over by a key: that takes a token of its own.
 */
@Injectable()
export class KeyEnrolmentService {
  private readonly log = new Logger(KeyEnrolmentService.name);
  /** The end of those that wait for a key: two hundred that come at once are not to race each other for one document. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly joinKeys: JoinKeyRepository,
    private readonly dps: DistributionPointRepository,
    private readonly queues: OrderQueues,
    private readonly holds: HoldReevaluator,
    private readonly keys: ServerKeys,
    private readonly audit: AuditService,
  ) {}

  /**
   * @param id of the key
   * @throws DomainError UNAUTHENTICATED when the key is not for this DP, or the DP is another machine already
   */
  async enrol(id: string, call: EnrolCall, keys: DpKeys, now: Date): Promise<DistributionPoint> {
    const name = call.dp as DpId;
    const key = await this.joinKeys.findById('all', id);
    if (!key) throw new DomainError('UNAUTHENTICATED', INVALID);
    useJoinKey(key, call.tokenHash, name, now);
    const there = await this.dps.findById('all', name);
    if (there && isThis(there, keys, key)) return there;
    if (there && !isFree(there, key)) throw taken(name);
    await this.spend(id, call.tokenHash, name, now);
    const made = await this.make(there, call, keys, key, now);
    await this.settle(made, call, key);
    return made;
  }

  /** Noted before the DP is made: what dies in between comes again, and has its use. */
  private spend(id: string, hash: string, dp: DpId, now: Date): Promise<unknown> {
    const spent = this.turn.then(() =>
      updateWithRetry(
        async () => {
          const key = await this.joinKeys.findById('all', id);
          if (!key) throw new DomainError('UNAUTHENTICATED', INVALID);
          return key;
        },
        (key) => useJoinKey(key, hash, dp, now),
        (key) => this.joinKeys.replace(key),
        INVALID,
      ),
    );
    this.turn = spent.catch(() => undefined);
    return spent;
  }

  private async make(
    there: DistributionPoint | null,
    call: EnrolCall,
    keys: DpKeys,
    key: JoinKey,
    now: Date,
  ): Promise<DistributionPoint> {
    const joined = {
      state: isEnabledByKey(key, call.address) ? 'enabled' : 'pending',
      keys,
      agent: call.agent,
      joinToken: null,
      joinKey: key.id,
      serverKey: this.keys.fingerprint,
    } as const;
    if (there) {
      const written = await this.dps.replace({ ...there, ...joined });
      if (written) return written;
    } else {
      const id = call.dp as DpId;
      const fresh = {
        id,
        tenant: key.tenant,
        name: id,
        lastSeen: null,
        createdAt: now,
        revision: 0,
        ...joined,
      };
      if (await this.dps.insert(fresh)) return fresh;
    }
    // somebody was faster: this very machine with its repeated call, or another one
    const current = await this.dps.findById('all', call.dp as DpId);
    if (!current || !isThis(current, keys, key)) throw taken(call.dp);
    return current;
  }

  private async settle(dp: DistributionPoint, call: EnrolCall, key: JoinKey): Promise<void> {
    const { id, label } = key;
    const fingerprint = dp.keys?.fingerprint ?? null;
    this.log.log({ dp: dp.id, fingerprint, address: call.address, key: id }, 'DP enrolled by a key');
    await this.queues
      .declare(dp.id)
      .catch((error: unknown) => this.log.warn(error, `the queue of ${dp.id} is not declared yet`));
    const { hostname } = call.agent;
    const data = {
      fingerprint,
      address: call.address,
      hostname,
      key: { id, label },
      enabled: dp.state === 'enabled',
    };
    await this.audit.record(null, 'dp.enrolled', `dp:${dp.id}`, data, dp.tenant);
    if (dp.state === 'enabled') await this.holds.dpEnabled(dp.id);
  }
}

/** The same machine that asks again. */
function isThis(dp: DistributionPoint, keys: DpKeys, key: JoinKey): boolean {
  return dp.keys?.fingerprint === keys.fingerprint && dp.joinKey === key.id;
}

/** Made before by an administrator, for whoever joins first. */
function isFree(dp: DistributionPoint, key: JoinKey): boolean {
  return dp.state === 'created' && dp.keys === null && dp.tenant === key.tenant;
}

function taken(dp: string): DomainError {
  return new DomainError('UNAUTHENTICATED', 'dp.joinKeyTaken', { dp });
}
