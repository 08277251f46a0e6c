import type { AccountId, DpId, TenantId } from './ids.js';

export const ACCOUNT_KINDS = ['password', 'private-key'] as const;
export type AccountKind = (typeof ACCOUNT_KINDS)[number];

/** An account's secret, sealed to one DP's key; nobody else can open it. */
export interface SealedSecret {
  recipient: DpId;
  /** Which of the DP's sealing keys. */
  keyId: string;
  /** base64url of `enc` (32 bytes) and ciphertext. */
  blob: string;
}

/** Credentials for administrative access to computers (R6). Holds no secret in the clear. */
export interface Account {
  id: AccountId;
  tenant: TenantId;
  label: string;
  username: string;
  domain: string | null;
  kind: AccountKind;
  /** Tried in ascending order. */
  order: number;
  scope: { dps: 'all' | readonly DpId[] };
  sealed: readonly SealedSecret[];
  createdAt: Date;
  revision: number;
}

export function coversDp(account: Pick<Account, 'scope'>, dp: DpId): boolean {
  return account.scope.dps === 'all' || account.scope.dps.includes(dp);
}
