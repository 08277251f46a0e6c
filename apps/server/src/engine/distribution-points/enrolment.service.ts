import { Injectable, Logger } from '@nestjs/common';
import type { EnrolAnswer, EnrolCall, KeysAnswer, KeysCall } from '#contract';
import {
  type DistributionPoint,
  DomainError,
  type DpId,
  type DpKeys,
  enrol,
  type Fault,
  invalid,
  machineOf,
  withKeys,
} from '#domain';
import { DistributionPointRepository, IdempotencyRepository, updateWithRetry } from '#persistence';
import { dpKeyFingerprint, publicKeyFromText, sealingKeyId } from '#sealing';
import { AuditService } from '../../platform/audit/audit.service.js';
import { ChangeFeed } from '../../platform/events/change-feed.js';
import { ServerKeys } from '../../platform/keys/server-keys.js';
import { dpStatus } from './dp-status.js';
import { KeyEnrolmentService } from './key-enrolment.service.js';

const MISSING = 'notFound.dp';
/** A DP's token lives 5 minutes at most, and clocks may differ by one. */
const TOKEN_LIFE_MS = 10 * 60_000;

/** A DP's keys: its first contact and their rotation (R7). */
@Injectable()
export class EnrolmentService {
  private readonly log = new Logger(EnrolmentService.name);

  constructor(
    private readonly dps: DistributionPointRepository,
    private readonly spent: IdempotencyRepository,
    private readonly keys: ServerKeys,
    private readonly audit: AuditService,
    private readonly feed: ChangeFeed,
    private readonly byKey: KeyEnrolmentService,
  ) {}

  /** @throws DomainError UNAUTHENTICATED for a token that is unknown, spent or expired; VALIDATION_FAILED */
  async enrol(call: EnrolCall, now: Date): Promise<EnrolAnswer> {
    const keys = dpKeys(call, now);
    if (call.key !== undefined) {
      const joined = await this.byKey.enrol(call.key, call, keys, now);
      this.keysChanged(joined);
      return { ...keysAnswer(joined, keys), serverKey: this.keys.serverKey };
    }
    const { before, after } = await updateWithRetry(
      async () => {
        const dp = await this.dps.findById('all', call.dp as DpId);
        // Whether a DP exists is nobody's business without its token.
        if (!dp) throw new DomainError('UNAUTHENTICATED', 'dp.joinTokenInvalid');
        return dp;
      },
      (dp) => {
        const joined = enrol(dp, call.tokenHash, keys, call.agent, now);
        return shown(joined ?? dp, keys, this.keys.fingerprint) ?? joined;
      },
      (dp) => this.dps.replace(dp),
      MISSING,
    );
    if (after !== before) {
      this.log.log({ dp: after.id, fingerprint: keys.fingerprint, address: call.address }, 'DP enrolled');
      await this.audit.record(
        null,
        'dp.enrolled',
        `dp:${after.id}`,
        {
          fingerprint: keys.fingerprint,
          ...(isSecond(after, keys) ? { machine: 'second' } : { replaces: before.keys?.fingerprint ?? null }),
          address: call.address,
          hostname: call.agent.hostname,
        },
        after.tenant,
      );
    }
    this.keysChanged(after);
    return { ...keysAnswer(after, keys), serverKey: this.keys.serverKey };
  }

  /**
   * New keys, asked for under the old ones. The DP stays as enabled as it was; accounts sealed to the old key have to
   * be entered again.
   *
   * @throws DomainError UNAUTHENTICATED when the token was used before for other keys
   */
  async rotate(call: KeysCall, now: Date): Promise<KeysAnswer> {
    const keys = dpKeys(call, now);
    const isFirstUse = await this.spent.insert({
      id: `jti:${call.dp}:${call.jti}`,
      fingerprint: keys.fingerprint,
      seed: call.jti,
      leaseUntil: now,
      answer: null,
      createdAt: now,
      expiresAt: new Date(now.getTime() + TOKEN_LIFE_MS),
      revision: 0,
    });
    const { before, after } = await updateWithRetry(
      () => this.dps.findById('all', call.dp as DpId),
      (dp) => {
        const rotated = withKeys(dp, call.machine, keys);
        if (rotated && !isFirstUse) throw new DomainError('UNAUTHENTICATED', 'dp.rotationTokenUsed');
        return rotated;
      },
      (dp) => this.dps.replace(dp),
      MISSING,
    );
    if (after !== before) {
      this.log.log({ dp: after.id, fingerprint: keys.fingerprint }, 'DP keys rotated');
      const replaced = machineOf(before, call.machine);
      const data = { fingerprint: keys.fingerprint, replaces: replaced?.keys.fingerprint ?? null };
      await this.audit.record(null, 'dp.keys-rotated', `dp:${after.id}`, data, after.tenant);
    }
    this.keysChanged(after);
    return keysAnswer(after, keys);
  }

  private keysChanged(dp: DistributionPoint): void {
    this.feed.changed('keys', dp.id, dp.tenant);
    this.feed.changed('dp', dp.id, dp.tenant);
  }
}

/** Whether these are the second machine's keys. */
function isSecond({ second }: DistributionPoint, keys: DpKeys): boolean {
  return second?.keys.fingerprint === keys.fingerprint;
}

/** The DP with the server key that its machine is shown; null when that is noted. */
function shown(dp: DistributionPoint, keys: DpKeys, serverKey: string): DistributionPoint | null {
  if (!dp.second || !isSecond(dp, keys)) return dp.serverKey === serverKey ? null : { ...dp, serverKey };
  return dp.second.serverKey === serverKey ? null : { ...dp, second: { ...dp.second, serverKey } };
}

function keysAnswer(dp: DistributionPoint, keys: DpKeys): KeysAnswer {
  return {
    dp: dp.id,
    status: dpStatus(machineOf(dp, keys.sealingKeyId) ?? dp),
    keyFingerprint: keys.fingerprint,
    sealingKeyId: keys.sealingKeyId,
  };
}

function dpKeys(given: { signingKey: string; sealingKey: string }, now: Date): DpKeys {
  const signing = publicKeyFromText('ed25519', given.signingKey);
  const sealing = publicKeyFromText('x25519', given.sealingKey);
  if (!signing || !sealing) {
    const faults: Fault[] = [];
    if (!signing) faults.push({ path: 'signingKey', code: 'key', key: 'fault.publicKey' });
    if (!sealing) faults.push({ path: 'sealingKey', code: 'key', key: 'fault.publicKeyLowOrder' });
    throw invalid(faults);
  }
  return {
    signing: given.signingKey,
    sealing: given.sealingKey,
    sealingKeyId: sealingKeyId(sealing),
    fingerprint: dpKeyFingerprint(signing, sealing),
    since: now,
  };
}
