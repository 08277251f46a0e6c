import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import {
  ACCOUNT_KINDS,
  coversDp,
  type Account,
  type AccountId,
  type DpId,
  type PendingLogin,
  type SealedSecret,
  type TenantId,
  type TenantScope,
} from '#domain';
import { VersionedCollection } from './versioned-collection.js';
import { RequestBatcher } from '#runtime';
import { collectionSchema, date, list, nullable, number, oneOf, optional, part, text } from './schema.js';
import { accountUse, allOrSome } from './schema-parts.js';
import { scoped, within } from './scope.js';

export const accountSchema = collectionSchema<Account>('accounts', {
  tenant: text,
  label: text,
  username: text,
  domain: nullable(text),
  kind: oneOf(ACCOUNT_KINDS),
  order: number,
  scope: part<Account['scope']>({
    dps: allOrSome<Account['scope']['dps']>(),
  }),
  /** Ciphertext only: one for each DP in scope. */
  sealed: list(part<SealedSecret>({ recipient: text, keyId: text, blob: text })),
  lastUse: nullable(accountUse),
  failures: list(accountUse),
  logins: optional(list(part<PendingLogin>({ order: text, dp: text, at: date }))),
  createdAt: date,
})
  // accounts of a tenant, in the order they are tried
  .index({ tenant: 1, order: 1 });

@Injectable()
export class AccountRepository {
  private readonly store: VersionedCollection<Account>;
  private readonly readsByTenant = new RequestBatcher<TenantId, Account[]>(async (tenants) => {
    const found = await this.list([...new Set(tenants)]);
    return tenants.map((tenant) => found.filter((account) => account.tenant === tenant));
  });

  constructor(@InjectModel('Account') model: Model<unknown>) {
    this.store = new VersionedCollection<Account>(model);
  }

  insert(account: Account): Promise<boolean> {
    return this.store.insert(account);
  }

  findById(scope: TenantScope, id: AccountId): Promise<Account | null> {
    return this.store.findById(id, within(scope));
  }

  findByIds(ids: readonly AccountId[]): Promise<Account[]> {
    return this.store.findByIds(ids);
  }

  /** In the order they are tried. */
  list(scope: TenantScope): Promise<Account[]> {
    return this.store.find(scoped(scope), { sort: { tenant: 1, order: 1, _id: 1 } });
  }

  /** A tenant's accounts for a DP, in the order they are tried. */
  async findForDp(tenant: TenantId, dp: DpId): Promise<Account[]> {
    return (await this.readsByTenant.load(tenant)).filter((account) => coversDp(account, dp));
  }

  replace(account: Account): Promise<Account | null> {
    return this.store.replace(account);
  }

  remove(id: AccountId, revision: number): Promise<boolean> {
    return this.store.remove(id, revision);
  }
}
