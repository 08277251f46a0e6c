import type { Platform } from '../base/platform.js';
import { DomainError } from '../base/errors.js';
import type { DpId, TenantId } from '../base/ids.js';
import type { AgentUpdate } from './agent-version.js';
import type { NotedContradiction } from './audit-contradiction.js';

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
  /** Lets a second machine in beside the first; absent: its machine becomes the first. */
  second?: boolean;
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
  /** What becomes of the version that is wanted of it; absent: it runs, or none is. */
  update?: AgentUpdate;
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

/** The second machine of a DP that is a pair. The first is in the DP's own fields. */
export interface SecondMachine {
  /** It gets orders only when the DP is enabled as well. */
  state: 'pending' | 'enabled';
  keys: DpKeys;
  serverKey?: string;
  agent: DpAgentInfo | null;
  lastSeen: DpSighting | null;
  clock?: DpClock | null;
}

export interface DistributionPoint {
  id: DpId;
  /** Null: serves every tenant, managed by owners. */
  tenant: TenantId | null;
  name: string;
  state: DpState;
  keys: DpKeys | null;
  joinToken: JoinToken | null;
  /** The key for many DPs that it has joined by; absent: it joined by a token of its own. */
  joinKey?: string;
  /** Fingerprint of the server key that it was shown when it joined; absent: it joined before that was noted. */
  serverKey?: string;
  agent: DpAgentInfo | null;
  lastSeen: DpSighting | null;
  /** Missing: its clock was never off. */
  clock?: DpClock | null;
  /** Absent or null: one machine does all the work. */
  second?: SecondMachine | null;
  /** What it has shown of the audit that contradicts itself; absent: nothing. */
  contradictions?: NotedContradiction[];
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
 * @throws DomainError UNAUTHENTICATED when the token is unknown, expired or spent by other keys, or would make a pair of one
 *   machine
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
  const there = token.second ? dp.second : dp;
  if (token.spentBy === keys.fingerprint && there?.keys?.fingerprint === keys.fingerprint) return null;
  if (token.spentBy !== null) {
    throw new DomainError('UNAUTHENTICATED', 'dp.joinTokenUsed');
  }
  if (token.expiresAt <= now) {
    throw new DomainError('UNAUTHENTICATED', 'dp.joinTokenExpired');
  }
  const joinToken = { ...token, spentBy: keys.fingerprint };
  const other = token.second ? dp.keys : dp.second?.keys;
  // a state folder that was copied, or the line run on the machine that is there already
  if (other && (other.fingerprint === keys.fingerprint || other.sealingKeyId === keys.sealingKeyId))
    throw new DomainError('UNAUTHENTICATED', 'dp.sameMachine');
  if (!token.second) return { ...dp, state: 'pending', keys, agent, joinToken };
  return { ...dp, joinToken, second: { state: 'pending', keys, agent, lastSeen: null } };
}

/**
 * Enabling [Freischalten] (R7).
 *
 * @param fingerprint what the administrator read on the machine, compared when given; that of the second machine enables this
 * @returns the changed DP, or null when it is enabled already
 * @throws DomainError WRONG_STATE when no machine has enrolled, or its fingerprint is another one
 */
export function enable(dp: DistributionPoint, fingerprint: string | null): DistributionPoint | null {
  if (!dp.keys) {
    throw new DomainError('WRONG_STATE', 'dp.noMachineYet');
  }
  if (fingerprint !== null && fingerprint === dp.second?.keys.fingerprint) return enableSecond(dp, dp.second);
  if (fingerprint !== null && fingerprint !== dp.keys.fingerprint) {
    throw new DomainError('WRONG_STATE', 'dp.fingerprintDiffers', {
      fingerprint: dp.keys.fingerprint,
      said: fingerprint,
    });
  }
  return dp.state === 'enabled' ? null : { ...dp, state: 'enabled' };
}

function enableSecond(dp: DistributionPoint, second: SecondMachine): DistributionPoint | null {
  if (dp.state !== 'enabled') throw new DomainError('WRONG_STATE', 'dp.secondBeforeFirst');
  return second.state === 'enabled' ? null : { ...dp, second: { ...second, state: 'enabled' } };
}

/** Disabling [Sperren]: no orders, no files from now on; reports are still taken. Null when it is disabled already. */
export function disable(dp: DistributionPoint): DistributionPoint | null {
  return dp.state === 'disabled' ? null : { ...dp, state: 'disabled' };
}

/** Whether a DP may install computers of a tenant. */
export function serves(dp: Pick<DistributionPoint, 'tenant'>, tenant: TenantId): boolean {
  return dp.tenant === null || dp.tenant === tenant;
}

/**
 * Whether a DP has a method for a platform. One that says nothing of its methods is an agent of before and is let try; what
 * the command of a site can do only the site knows. Of a pair it is enough when one machine can.
 *
 * @param platform null: nobody knows what the computer runs
 */
export function canInstallOn(
  dp: Pick<DistributionPoint, 'agent' | 'second'>,
  platform: Platform | null,
): boolean {
  if (platform === null) return true;
  return agentsOf(dp).some(
    (agent) => !agent?.platforms || agent.methods?.includes('command') || agent.platforms.includes(platform),
  );
}

/** What the machines that may have orders say of themselves. */
export function agentsOf({
  agent,
  second,
}: Pick<DistributionPoint, 'agent' | 'second'>): (DpAgentInfo | null)[] {
  return second?.state === 'enabled' ? [agent, second.agent] : [agent];
}

/** The keys that accounts are sealed to. That of a machine nobody has looked at yet is none. */
export function sealingKeysOf({ keys, second }: Pick<DistributionPoint, 'keys' | 'second'>): DpKeys[] {
  return [...(keys ? [keys] : []), ...(second?.state === 'enabled' ? [second.keys] : [])];
}
