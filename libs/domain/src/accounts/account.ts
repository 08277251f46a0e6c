import {
  agentsOf,
  sealingKeysOf,
  serves,
  type DistributionPoint,
} from '../distribution-points/distribution-point.js';
import type { FailureCode } from '../failures/failure.js';
import type { AccountId, DpId, OrderId, TenantId } from '../base/ids.js';

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

/** What came of a try with an account. */
export interface AccountUse {
  order: OrderId;
  /** Which hand-over of the order. */
  round: number;
  at: Date;
  result: FailureCode | 'OK';
}

/** An order that went out, and may log in with an account. */
export interface PendingLogin {
  order: OrderId;
  dp: DpId;
  at: Date;
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
  /** The last time somebody said what came of it. */
  lastUse: AccountUse | null;
  /** Failures of the account itself since it last worked, or since its secret was entered; the oldest first. */
  failures: readonly AccountUse[];
  /** Logins that orders may have begun with it and of which nobody has heard yet, the oldest first. */
  logins?: readonly PendingLogin[];
  createdAt: Date;
  revision: number;
}

export function coversDp(account: Pick<Account, 'scope'>, dp: DpId): boolean {
  return account.scope.dps === 'all' || account.scope.dps.includes(dp);
}

/** Whether a DP can open an account's secret: it is sealed to the key that one of its machines has now. */
export function opensAt(
  { sealed }: Pick<Account, 'sealed'>,
  dp: Pick<DistributionPoint, 'id' | 'keys' | 'second'>,
): boolean {
  const keys = sealingKeysOf(dp).map(({ sealingKeyId }) => sealingKeyId);
  return sealed.some(({ recipient, keyId }) => recipient === dp.id && keys.includes(keyId));
}

/** Whether each of a DP's machines can open it; else its secret has to be entered again. */
export function opensAtEach(
  { sealed }: Pick<Account, 'sealed'>,
  dp: Pick<DistributionPoint, 'id' | 'keys' | 'second'>,
): boolean {
  const keys = sealingKeysOf(dp);
  return keys.length > 0 && keys.every((one) => opensAt({ sealed }, { id: dp.id, keys: one }));
}

/** Accounts that are for a DP, whether it can open them or not. */
export function accountsFor(accounts: readonly Account[], dp: DistributionPoint): readonly Account[] {
  return accounts.filter((account) => serves(dp, account.tenant) && coversDp(account, dp.id));
}

/** Accounts that a DP, or one machine of a pair, may use and cannot open: their secret has to be entered again. */
export function accountsToEnter(accounts: readonly Account[], dp: DistributionPoint): readonly Account[] {
  return accountsFor(accounts, dp).filter((account) => !opensAtEach(account, dp));
}

/** Whether orders of a tenant may wait at an enabled DP because none of its accounts opens there, and the DP has none of its own. */
export function lacksAccount(accounts: readonly Account[], dp: DistributionPoint): boolean {
  if (dp.state !== 'enabled' || hasLocalAccounts(dp)) return false;
  const working = new Set(accounts.flatMap((account) => (usableAt(account, dp) ? [account.tenant] : [])));
  return accountsToEnter(accounts, dp).some(({ tenant }) => !working.has(tenant));
}

/** Whether a DP may use an account and can open it. */
export function usableAt(account: Pick<Account, 'scope' | 'sealed'>, dp: DistributionPoint): boolean {
  return coversDp(account, dp.id) && opensAt(account, dp);
}

/** Whether a DP holds accounts of its own (R6). */
export function hasLocalAccounts(dp: Pick<DistributionPoint, 'agent' | 'second'>): boolean {
  return agentsOf(dp).some((agent) => (agent?.localAccounts ?? 0) > 0);
}

/** Failures that are remembered; the brake comes long before. */
const MAX_REMEMBERED = 10;
/** A success is noted anew when the last one noted is older than this, so that a busy account is not written all the time. */
const NOTED_EVERY_MS = 60_000;

/**
 * Notes what came of a try. Told twice it changes nothing; neither does a failure from before the last success.
 *
 * @param blames whether a failure says something about the account itself
 */
export function used(account: Account, use: AccountUse, blames: (code: FailureCode) => boolean): Account {
  const { lastUse, failures } = account;
  if (use.result === 'OK') {
    const isNews =
      failures.some((failure) => failure.at <= use.at) ||
      lastUse?.result !== 'OK' ||
      use.at.getTime() - lastUse.at.getTime() > NOTED_EVERY_MS;
    if (!isNews) return account;
    const left = failures.filter(({ at }) => at > use.at);
    return { ...account, lastUse: newer(lastUse, use), failures: left };
  }
  if (failures.some(({ order, round }) => order === use.order && round === use.round)) return account;
  if (lastUse?.result === 'OK' && lastUse.at > use.at) return account;
  const isBlamed = blames(use.result);
  if (!isBlamed && lastUse?.order === use.order && lastUse.round === use.round) return account;
  return {
    ...account,
    lastUse: newer(lastUse, use),
    failures: isBlamed ? [...failures, use].slice(-MAX_REMEMBERED) : failures,
  };
}

function newer(a: AccountUse | null, b: AccountUse): AccountUse {
  return a && a.at > b.at ? a : b;
}
