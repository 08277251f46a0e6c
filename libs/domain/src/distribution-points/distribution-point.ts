import type { Platform } from '../base/platform.js';
import { DomainError } from '../base/errors.js';
import type { DpId, TenantId } from '../base/ids.js';

/** `created`: no machine has enrolled yet. `pending`: enrolled, waiting for an administrator (R7). */
export const DP_STATES = ['created', 'pending', 'enabled', 'disabled'] as const;
export type DpState = (typeof DP_STATES)[number];

export interface DpKeys {
  /** Raw Ed25519 public key, base64url. */
  signing: string;
  /** Raw X25519 public key, base64url. */
  sealing: string;
  /** First 16 characters of the base64url SHA-256 of the raw sealing key. */
  sealingKeyId: string;
  /** `SHA256:` and the base64 SHA-256 of signing key then sealing key. */
  fingerprint: string;
  since: Date;
}

export interface JoinToken {
  /** SHA-256 of the token; the token itself is shown once and never stored. */
  hash: string;
  expiresAt: Date;
  /** Fingerprint of the keys that spent it, so that the same enrolment may be repeated. */
  spentBy: string | null;
}

/** What a DP says of itself. */
export interface DpAgentInfo {
  version: string;
  os: string;
  hostname: string;
  /** Accounts stored on the DP itself (R6). */
  localAccounts?: number;
  /** Install methods it is set up for, in its order of preference. */
  methods?: string[];
  /** Operating systems that it can install on by them: `windows`, `linux` and so on. */
  platforms?: string[];
}

export interface DpSighting {
  at: Date;
  address: string;
  /** Orders it says it is working on. */
  running: number;
}

/** What a DP's clock showed when its calls were refused for it. */
export interface DpClock {
  at: Date;
  /** Seconds by which it is ahead, or behind when negative. */
  off: number;
}

export interface DistributionPoint {
  id: DpId;
  /** Null: serves every tenant, managed by owners. */
  tenant: TenantId | null;
  name: string;
  state: DpState;
  keys: DpKeys | null;
  joinToken: JoinToken | null;
  /** Fingerprint of the server key that it was shown when it joined; absent: it joined before that was noted. */
  serverKey?: string;
  agent: DpAgentInfo | null;
  lastSeen: DpSighting | null;
  /** Missing: its clock was never off. */
  clock?: DpClock | null;
  createdAt: Date;
  revision: number;
}

/** Seconds a join token can be used. */
export const JOIN_TOKEN_LIFE = 60 * 60;

/**
 * Enrolment (R7): the keys of a machine that showed the DP's join token. Repeating it with the same keys changes
 * nothing; any other use of a spent or expired token is refused.
 *
 * @returns the changed DP, or null when this enrolment is already recorded
 * @throws DomainError UNAUTHENTICATED when the token is unknown, expired or spent by other keys
 */
export function enrol(
  dp: DistributionPoint,
  tokenHash: string,
  keys: DpKeys,
  agent: DpAgentInfo,
  now: Date,
): DistributionPoint | null {
  const token = dp.joinToken;
  if (!token || token.hash !== tokenHash) throw new DomainError('UNAUTHENTICATED', 'dp.joinTokenInvalid');
  if (token.spentBy === keys.fingerprint && dp.keys?.fingerprint === keys.fingerprint) return null;
  if (token.spentBy !== null) {
    throw new DomainError('UNAUTHENTICATED', 'dp.joinTokenUsed');
  }
  if (token.expiresAt <= now) {
    throw new DomainError('UNAUTHENTICATED', 'dp.joinTokenExpired');
  }
  return { ...dp, state: 'pending', keys, agent, joinToken: { ...token, spentBy: keys.fingerprint } };
}

/**
 * Enabling [Freischalten] (R7).
 *
 * @param fingerprint what the administrator read on the machine, compared when given
 * @returns the changed DP, or null when it is enabled already
 * @throws DomainError WRONG_STATE when no machine has enrolled, or its fingerprint is another one
 */
export function enable(dp: DistributionPoint, fingerprint: string | null): DistributionPoint | null {
  if (!dp.keys) {
    throw new DomainError('WRONG_STATE', 'dp.noMachineYet');
  }
  if (fingerprint !== null && fingerprint !== dp.keys.fingerprint) {
    throw new DomainError('WRONG_STATE', 'dp.fingerprintDiffers', {
      fingerprint: dp.keys.fingerprint,
      said: fingerprint,
    });
  }
  return dp.state === 'enabled' ? null : { ...dp, state: 'enabled' };
}

/** Disabling [Sperren]: no orders, no files from now on; reports are still taken. Null when it is disabled already. */
export function disable(dp: DistributionPoint): DistributionPoint | null {
  return dp.state === 'disabled' ? null : { ...dp, state: 'disabled' };
}

/** The last sign of life: its last poll, else when it joined. */
export function lastSignOf({ lastSeen, keys }: Pick<DistributionPoint, 'lastSeen' | 'keys'>): Date | null {
  return lastSeen?.at ?? keys?.since ?? null;
}

/** By how much its clock is off, as far as it was not let in since. */
export function clockFaultOf({
  clock,
  lastSeen,
}: Pick<DistributionPoint, 'clock' | 'lastSeen'>): DpClock | null {
  return clock && (!lastSeen || lastSeen.at < clock.at) ? clock : null;
}

/** Whether a DP may install computers of a tenant. */
export function serves(dp: Pick<DistributionPoint, 'tenant'>, tenant: TenantId): boolean {
  return dp.tenant === null || dp.tenant === tenant;
}

/**
 * Whether a DP has a method for a platform. One that says nothing of its methods is an agent of before and is let try; what
 * the command of a site can do only the site knows.
 *
 * @param platform null: nobody knows what the computer runs
 */
export function canInstallOn(
  { agent }: Pick<DistributionPoint, 'agent'>,
  platform: Platform | null,
): boolean {
  if (platform === null || !agent?.platforms || agent.methods?.includes('command')) return true;
  return agent.platforms.includes(platform);
}
