import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { coversDp, type Account, type AccountId, type DpId, type TenantId, type TenantScope } from '#domain';
import { GuardedCollection } from './documents.js';
import { Gathering } from '#runtime';
import { collectionSchema, DOMAIN_OBJECT } from './schema.js';
import { scoped, within } from './scope.js';

export const accountSchema = collectionSchema('accounts', {
  tenant: { type: String, required: true },
  label: String,
  username: String,
  domain: String,
  kind: String,
  order: Number,
  scope: DOMAIN_OBJECT,
  /** Ciphertext only: one for each DP in scope. */
  sealed: [DOMAIN_OBJECT],
  lastUse: DOMAIN_OBJECT,
  failures: [DOMAIN_OBJECT],
  trials: [DOMAIN_OBJECT],
  createdAt: Date,
})
  // accounts of a tenant, in the order they are tried
  .index({ tenant: 1, order: 1 });

@Injectable()
export class AccountRepository {
  private readonly store: GuardedCollection<Account>;
  private readonly readsByTenant = new Gathering<TenantId, Account[]>(async (tenants) => {
    const found = await this.list([...new Set(tenants)]);
    return tenants.map((tenant) => found.filter((account) => account.tenant === tenant));
  });

  constructor(@InjectModel('Account') model: Model<unknown>) {
    this.store = new GuardedCollection<Account>(model);
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
    return (await this.readsByTenant.ask(tenant)).filter((account) => coversDp(account, dp));
  }

  replace(account: Account): Promise<Account | null> {
    return this.store.replace(account);
  }

  remove(id: AccountId, revision: number): Promise<boolean> {
    return this.store.remove(id, revision);
  }
}
