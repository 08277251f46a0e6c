import type { KeyObject } from 'node:crypto';
import type { WireOrder } from '#contract';
import { type AccountSecret, openAccount } from '#sealing';
import type { FailureCode } from '../failures/failure.js';

/** One account to try: `id` is what reports call it. */
export type Candidate =
  | { readonly id: string; readonly secret: AccountSecret; readonly isLocal: boolean }
  | { readonly id: string; readonly unusable: FailureCode };

/** Opens what an order carries, in its order; the DP's own accounts stand where it says `local`. */
export class CredentialStore {
  private localAccounts: readonly AccountSecret[] = [];

  /** @param readLocal reads the accounts kept on this DP as they are now */
  constructor(
    private readonly dp: string,
    private readonly sealingKey: KeyObject,
    private readonly readLocal: () => Promise<readonly AccountSecret[]>,
  ) {}

  /**
   * Takes the accounts of this DP as they stand in its file now; a changed password needs no restart.
   *
   * @throws ConfigError when the file cannot be used; the accounts stay as they were
   */
  async refresh(): Promise<void> {
    this.localAccounts = await this.readLocal();
  }

  /** How many accounts are kept on this DP. */
  get localCount(): number {
    return this.localAccounts.length;
  }

  candidates(order: WireOrder): Candidate[] {
    return order.accounts.flatMap((account): Candidate[] => {
      if ('local' in account) {
        return this.localAccounts.map((secret) => ({ id: 'local', secret, isLocal: true }));
      }
      const binding = { account: account.account, keyId: account.keyId, recipient: this.dp };
      const secret = openAccount(this.sealingKey, binding, account.sealed);
      return [
        secret
          ? { id: account.account, secret, isLocal: false }
          : { id: account.account, unusable: 'ACCOUNT_UNSEALABLE' },
      ];
    });
  }
}

/** The parts of a secret that must never be logged. */
export function secretTexts(secret: AccountSecret): string[] {
  const { password, privateKey, passphrase } = secret;
  return [password, passphrase, privateKey, ...(privateKey?.split('\n') ?? [])].filter(
    (text) => text !== undefined,
  );
}
