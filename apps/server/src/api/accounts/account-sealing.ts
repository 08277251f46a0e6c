import {
  coversDp,
  opensAtEach,
  sealingKeysOf,
  serves,
  type Account,
  type AccountId,
  type DistributionPoint,
  type SealedSecret,
} from '#domain';
import { publicKeyFromText, sealAccount, type AccountSecret } from '#sealing';

/** DPs an account's secret is for: enabled ones in its scope that serve its tenant. An unverified key never gets one. */
export function recipientsOf(
  account: Pick<Account, 'scope' | 'tenant'>,
  dps: readonly DistributionPoint[],
): DistributionPoint[] {
  return dps.filter(
    (dp) => dp.state === 'enabled' && dp.keys && serves(dp, account.tenant) && coversDp(account, dp.id),
  );
}

/** Seals a secret to each recipient's key, of a pair to both, so that nobody else can open it (security.md, Accounts). */
export function sealToAll(
  account: AccountId,
  secret: AccountSecret,
  recipients: readonly DistributionPoint[],
): SealedSecret[] {
  return recipients.flatMap((dp) =>
    sealingKeysOf(dp).flatMap(({ sealing, sealingKeyId: keyId }) => {
      const key = publicKeyFromText('x25519', sealing);
      const recipient = dp.id;
      if (!key) return [];
      return [{ recipient, keyId, blob: sealAccount(key, { account, keyId, recipient }, secret) }];
    }),
  );
}

export interface SealedFor {
  dp: string;
  dpName: string;
  keyId: string | null;
  stale: boolean;
}

/** For which DPs the secret is there, and for which it has to be entered again. */
export function sealedFor(account: Account, dps: readonly DistributionPoint[]): SealedFor[] {
  return recipientsOf(account, dps).map((dp) => {
    const newest = account.sealed.find((s) => s.recipient === dp.id && s.keyId === dp.keys?.sealingKeyId);
    const any = newest ?? account.sealed.find((s) => s.recipient === dp.id);
    return { dp: dp.id, dpName: dp.name, keyId: any?.keyId ?? null, stale: !opensAtEach(account, dp) };
  });
}
