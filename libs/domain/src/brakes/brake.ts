import type { Account } from '../accounts/account.js';
import { failureRule, type FailureCode } from '../failures/failure.js';
import type { BrakeId, DpId, OrderId, ReleaseVersion, TenantId, AccountId } from '../base/ids.js';
import type { InstallOrder } from '../orders/install-order.js';

/** What a brake stops: orders that share all the parts that are not null. At least one part is there. */
export interface BrakeScope {
  account: AccountId | null;
  release: ReleaseVersion | null;
  dp: DpId | null;
}

/** A failure that led to a brake. */
export interface BrakeEvidence {
  tenant: TenantId;
  order: OrderId;
  dp: DpId;
  code: FailureCode;
  at: Date;
}

/** Stops all orders that share an account, a release or a DP, until a person lifts it. */
export interface Brake {
  id: BrakeId;
  /** Whose it is; null: it concerns every tenant. */
  tenant: TenantId | null;
  scope: BrakeScope;
  /** Null: made by hand. */
  cause: FailureCode | null;
  reason: string;
  evidence: readonly BrakeEvidence[];
  openedBy: string;
  openedAt: Date;
  /** Null: it is open. */
  lifted: { by: string; at: Date; reason: string } | null;
  revision: number;
}

/** Failures of an account in a row after which nobody uses it any more: one less could be a slip, more can lock it. */
export const ACCOUNT_FAILURES = 2;

/** Failures that say something about the account itself. */
export function blamesAccount(code: FailureCode): boolean {
  const { phase, retry } = failureRule(code);
  return phase === 'auth' && retry === 'brake';
}

/** The brake that a failed order pulls on its release: everywhere, or only at its DP; null: none. */
export function brakeOnRelease(
  order: Pick<InstallOrder, 'release' | 'dp'>,
  code: FailureCode,
  open: readonly Pick<Brake, 'scope' | 'cause'>[],
): BrakeScope | null {
  const { phase, retry } = failureRule(code);
  if (retry !== 'brake' || phase === 'auth' || order.release === null) return null;
  const { release, dp } = order;
  if (code !== 'DIGEST_MISMATCH') return { account: null, release, dp: null };
  // one DP can have a damaged copy; when a second one sees it, the release itself is damaged
  const elsewhere = open.some(
    ({ scope, cause }) => cause === code && scope.release === release && scope.dp !== null && scope.dp !== dp,
  );
  return { account: null, release, dp: elsewhere ? null : dp };
}

export function sameScope(a: BrakeScope, b: BrakeScope): boolean {
  return a.account === b.account && a.release === b.release && a.dp === b.dp;
}

/** What brakes leave of an order. */
export type Braked =
  | { stoppedBy: Brake }
  /** The accounts it may still be tried with, in their order. */
  | { stoppedBy: null; accounts: readonly Account[] };

/**
 * Applies open brakes to an order. A brake on an account takes that account away, and every other one of the tenant that
 * logs in as the same user of a domain, which would be locked with it; the order is stopped when that was the last one
 * and the DP holds none of its own.
 *
 * @param accounts all of the order's tenant
 * @param usable those of them that the order could be tried with
 */
export function applyBrakes(
  brakes: readonly Brake[],
  order: Pick<InstallOrder, 'tenant' | 'release' | 'dp' | 'kind'>,
  accounts: readonly Account[],
  usable: readonly Account[],
  hasLocalAccounts: boolean,
): Braked {
  const matching = brakes.filter(
    ({ scope }) =>
      (scope.release === null || scope.release === order.release) &&
      (scope.dp === null || scope.dp === order.dp),
  );
  const general = matching.find(({ scope }) => scope.account === null);
  if (general) return { stoppedBy: general };
  // a probe uses no account
  if (order.kind === 'probe') return { stoppedBy: null, accounts: usable };
  const braked = new Map<string, Brake>();
  for (const brake of matching) {
    const account = accounts.find(({ id }) => id === brake.scope.account);
    if (account) braked.set(loginOf(account), brake);
  }
  const left = usable.filter((account) => !braked.has(loginOf(account)));
  const [first] = usable.flatMap((account) => braked.get(loginOf(account)) ?? []);
  if (first && left.length === 0 && !hasLocalAccounts) return { stoppedBy: first };
  return { stoppedBy: null, accounts: left };
}

/**
 * Who logs in: directories tell neither user names nor domains apart by case. A user without a domain is another one on
 * each computer, so two accounts of that name with different passwords have nothing in common.
 */
function loginOf({ id, username, domain }: Pick<Account, 'id' | 'username' | 'domain'>): string {
  const isOfDomain = domain !== null && domain !== '' && domain !== '.';
  if (!isOfDomain && !/[@\\]/.test(username)) return id;
  return `${isOfDomain ? domain.toLowerCase() : ''}\\${username.toLowerCase()}`;
}
