import { Injectable, Logger } from '@nestjs/common';
import type { DpStatus, EnrolAnswer, EnrolCall, IdentityAnswer, KeysAnswer, KeysCall } from '#contract';
import { DomainError, enrol, type DistributionPoint, type DpId, type DpKeys, type Fault } from '#domain';
import { DistributionPointRepository, IdempotencyRepository } from '#persistence';
import { dpKeyFingerprint, publicKeyFromText, sealingKeyId } from '#sealing';
import { AuditService } from '../audit/audit.service.js';
import { ChangeFeed } from '../events/change-feed.js';
import { changeGuarded } from '../guarded-change.js';
import { invalid } from '../http/request.pipe.js';
import { ServerKeys } from '../keys/server-keys.js';
import { SettingsService } from '../settings/settings.service.js';

const MISSING = 'There is no such distribution point.';
/** A DP's token lives 5 minutes at most, and clocks may differ by one. */
const TOKEN_LIFE_MS = 10 * 60_000;

/** A DP's keys: its first contact, their rotation, and what gateways need to know to let it in (R7). */
@Injectable()
export class Enrolment {
  private readonly log = new Logger(Enrolment.name);

  constructor(
    private readonly dps: DistributionPointRepository,
    private readonly spent: IdempotencyRepository,
    private readonly settings: SettingsService,
    private readonly keys: ServerKeys,
    private readonly audit: AuditService,
    private readonly feed: ChangeFeed,
  ) {}

  /** @throws DomainError UNAUTHENTICATED for a token that is unknown, spent or expired; VALIDATION_FAILED */
  async enrol(call: EnrolCall, now: Date): Promise<EnrolAnswer> {
    const keys = dpKeys(call, now);
    const { before, after } = await changeGuarded(
      async () => {
        const dp = await this.dps.findById('all', call.dp as DpId);
        // Whether a DP exists is nobody's business without its token.
        if (!dp) throw new DomainError('UNAUTHENTICATED', 'The join token is not valid.');
        return dp;
      },
      (dp) => enrol(dp, call.tokenHash, keys, call.agent, now),
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
          replaces: before.keys?.fingerprint ?? null,
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
    const { before, after } = await changeGuarded(
      () => this.dps.findById('all', call.dp as DpId),
      (dp) => {
        if (!dp.keys) throw new DomainError('UNAUTHENTICATED', 'This distribution point has not joined yet.');
        if (dp.keys.fingerprint === keys.fingerprint) return null;
        if (!isFirstUse)
          throw new DomainError('UNAUTHENTICATED', 'This token has been used for a key rotation.');
        return { ...dp, keys };
      },
      (dp) => this.dps.replace(dp),
      MISSING,
    );
    if (after !== before) {
      this.log.log({ dp: after.id, fingerprint: keys.fingerprint }, 'DP keys rotated');
      const data = { fingerprint: keys.fingerprint, replaces: before.keys?.fingerprint ?? null };
      await this.audit.record(null, 'dp.keys-rotated', `dp:${after.id}`, data, after.tenant);
    }
    this.keysChanged(after);
    return keysAnswer(after, keys);
  }

  /** @throws DomainError NOT_FOUND when there is no such DP, or it has not joined */
  async identity(id: DpId): Promise<IdentityAnswer> {
    const dp = await this.dps.findById('all', id);
    if (!dp?.keys) throw new DomainError('NOT_FOUND', MISSING);
    const { pollInterval, pollJitter, longPoll } = await this.settings.forDp(dp.tenant, dp.id);
    return {
      dp: dp.id,
      status: dpStatus(dp),
      signingKey: dp.keys.signing,
      settings: { pollInterval, pollJitter, longPoll },
    };
  }

  private keysChanged(dp: DistributionPoint): void {
    this.feed.changed('keys', dp.id, dp.tenant);
    this.feed.changed('dp', dp.id, dp.tenant);
  }
}

/** What DPs and administrators see: nothing has joined yet, or it waits to be enabled, both is `pending`. */
export function dpStatus(dp: Pick<DistributionPoint, 'state'>): DpStatus {
  return dp.state === 'created' ? 'pending' : dp.state;
}

function keysAnswer(dp: DistributionPoint, keys: DpKeys): KeysAnswer {
  return {
    dp: dp.id,
    status: dpStatus(dp),
    keyFingerprint: keys.fingerprint,
    sealingKeyId: keys.sealingKeyId,
  };
}

function dpKeys(given: { signingKey: string; sealingKey: string }, now: Date): DpKeys {
  const signing = publicKeyFromText('ed25519', given.signingKey);
  const sealing = publicKeyFromText('x25519', given.sealingKey);
  if (!signing || !sealing) {
    const faults: Fault[] = [];
    const message = 'is not a raw 32 byte public key as base64url';
    if (!signing) faults.push({ path: 'signingKey', code: 'key', message });
    if (!sealing) faults.push({ path: 'sealingKey', code: 'key', message });
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
