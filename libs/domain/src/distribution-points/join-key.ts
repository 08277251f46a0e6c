import type { DpId, TenantId } from '../base/ids.js';
import { DomainError, type Fault } from '../base/errors.js';
import { isInNetwork, parseAddress, parseNetwork } from '../location/ip-network.js';

/** A key with which many machines join as DPs, each under a name of its own. */
export interface JoinKey {
  id: string;
  /** SHA-256 of the key; the key itself is shown once and never stored. */
  hash: string;
  label: string;
  /** Of the DPs that join by it; null: they serve every tenant. */
  tenant: TenantId | null;
  /** Names that DPs may take by it; `*` stands for any characters. */
  pattern: string;
  /** DPs that may join by it. */
  uses: number;
  /** Those that have, in the order in which they did. */
  usedBy: DpId[];
  /** Networks (CIDR): what joins from one of them is enabled at once. */
  enableWithin: string[];
  expiresAt: Date;
  createdBy: string;
  createdAt: Date;
  revision: number;
}

/** Most DPs of one key. */
export const JOIN_KEY_USES = 1000;

/** Whether a DP may be called that by a key. */
export function fitsPattern(pattern: string, dp: string): boolean {
  const literal = pattern.split('*').map((part) => part.replaceAll(/[^a-z0-9-]/g, String.raw`\$&`));
  return new RegExp(`^${literal.join('.*')}$`).test(dp);
}

/** What is wrong with the networks of a key. */
export function faultsOfNetworks(networks: readonly string[]): Fault[] {
  return networks.flatMap((text, index) => {
    const network = parseNetwork(text);
    return 'fault' in network ? [{ path: `enableWithin[${index}]`, code: 'network', ...network.fault }] : [];
  });
}

/**
 * Spends a use of a key on a DP. A DP that has used it may do so again: its answer may have been lost.
 *
 * @returns the changed key, or null when this use is noted already
 * @throws DomainError UNAUTHENTICATED when the key is another one, has expired, is used up, or is not for this name
 */
export function useJoinKey(key: JoinKey, hash: string, dp: DpId, now: Date): JoinKey | null {
  if (key.hash !== hash) throw new DomainError('UNAUTHENTICATED', 'dp.joinKeyInvalid');
  if (key.expiresAt <= now) throw new DomainError('UNAUTHENTICATED', 'dp.joinKeyExpired');
  if (!fitsPattern(key.pattern, dp))
    throw new DomainError('UNAUTHENTICATED', 'dp.joinKeyName', { dp, pattern: key.pattern });
  if (key.usedBy.includes(dp)) return null;
  if (key.usedBy.length >= key.uses) throw new DomainError('UNAUTHENTICATED', 'dp.joinKeyUsedUp');
  return { ...key, usedBy: [...key.usedBy, dp] };
}

/** Whether a DP that joins from an address is enabled without an administrator. */
export function isEnabledByKey({ enableWithin }: Pick<JoinKey, 'enableWithin'>, address: string): boolean {
  const from = parseAddress(address);
  if (!from) return false;
  return enableWithin.some((text) => {
    const network = parseNetwork(text);
    return !('fault' in network) && isInNetwork(from, network);
  });
}
