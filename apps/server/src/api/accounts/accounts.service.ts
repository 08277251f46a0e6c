import { Injectable } from '@nestjs/common';
import {
  type Account,
  type AccountId,
  type Caller,
  coversDp,
  type DistributionPoint,
  DomainError,
  type DpId,
  type Fault,
  inScope,
  invalid,
  serves,
  type TenantId,
} from '#domain';
import {
  AccountRepository,
  DistributionPointRepository,
  TenantRepository,
  updateWithRetry,
} from '#persistence';
import type { AccountSecret } from '#sealing';
import { AuditService } from '../../platform/audit/audit.service.js';
import { ChangeFeed } from '../../platform/events/change-feed.js';
import type { IdempotentCreate } from '../../platform/http/idempotent-create.js';
import { assertRevision } from '../../platform/http/if-match.js';
import { HoldReevaluator } from '../../engine/holds/hold-reevaluator.js';
import { recipientsOf, sealToAll } from './account-sealing.js';
import { privateKeyFault } from './private-key.js';

const MISSING = 'notFound.account';

/** The secret as it is entered: a password, or a private key. */
interface SecretParts {
  password?: string | undefined;
  privateKey?: string | undefined;
  passphrase?: string | undefined;
}

export interface AccountWish extends SecretParts {
  label: string;
  tenant: TenantId;
  username: string;
  domain: string | null;
  order: number;
  scope: Account['scope'];
}

export type AccountChange = SecretParts & {
  [Field in 'label' | 'username' | 'domain' | 'order' | 'scope']?: Account[Field] | undefined;
};

/**
 * Accounts for administrative access to computers (R6). The secret is sealed on entry to every enabled DP in scope and
 * forgotten; it is in no field, no log and no queue.
 */
@Injectable()
export class AccountsService {
  constructor(
    private readonly accounts: AccountRepository,
    private readonly dps: DistributionPointRepository,
    private readonly tenants: TenantRepository,
    private readonly audit: AuditService,
    private readonly holds: HoldReevaluator,
    private readonly feed: ChangeFeed,
  ) {}

  /** @throws DomainError VALIDATION_FAILED for an unknown tenant or DP, or not exactly one secret */
  async create(caller: Caller, wish: AccountWish, creation: IdempotentCreate): Promise<Account> {
    const { label, tenant, username, domain, order, scope } = wish;
    const dps = await this.dps.list('all');
    const faults = [
      ...(await this.tenantFaults(caller, tenant)),
      ...scopeFaults(tenant, scope, dps),
      ...secretFaults(wish, true),
    ];
    if (faults.length > 0) throw invalid(faults);
    const id = creation.id as AccountId;
    const account: Account = {
      id,
      tenant,
      label,
      username,
      domain,
      kind: wish.privateKey === undefined ? 'password' : 'private-key',
      order,
      scope,
      sealed: sealToAll(id, secretOf(wish, username, domain), recipientsOf({ scope, tenant }, dps)),
      lastUse: null,
      failures: [],
      createdAt: new Date(),
      revision: 0,
    };
    // After a crash the first run's account may be there already: it is this one.
    if (!(await this.accounts.insert(account))) return this.get(caller, id);
    await this.audit.record(caller, 'account.created', `account:${id}`, { after: summary(account) }, tenant);
    this.holds.accountEntered(tenant);
    this.tellPairs(dps);
    return account;
  }

  /** @throws DomainError NOT_FOUND */
  async get(caller: Caller, id: AccountId): Promise<Account> {
    const account = await this.accounts.findById(caller.tenants, id);
    if (!account) throw new DomainError('NOT_FOUND', MISSING);
    return account;
  }

  /** With a secret: sealed anew to every DP in scope ("to be entered again"). */
  async change(
    caller: Caller,
    id: AccountId,
    change: AccountChange,
    revision: number | null,
  ): Promise<Account> {
    const dps = await this.dps.list('all');
    const { before, after } = await updateWithRetry(
      () => this.accounts.findById(caller.tenants, id),
      (account) => {
        assertRevision(account, revision);
        return changed(account, change, dps);
      },
      (account) => this.accounts.replace(account),
      MISSING,
    );
    const data = { before: summary(before), after: summary(after), secretEntered: hasSecret(change) };
    await this.audit.record(caller, 'account.changed', `account:${id}`, data, after.tenant);
    if (hasSecret(change)) this.holds.accountEntered(after.tenant);
    this.tellPairs(dps);
    return after;
  }

  async remove(caller: Caller, id: AccountId, revision: number | null): Promise<void> {
    const account = await this.get(caller, id);
    assertRevision(account, revision);
    if (!(await this.accounts.remove(id, account.revision))) {
      throw new DomainError('REVISION_STALE', 'changed.account');
    }
    await this.audit.record(
      caller,
      'account.deleted',
      `account:${id}`,
      { before: summary(account) },
      account.tenant,
    );
    this.tellPairs(await this.dps.list('all'));
  }

  /** Which of two machines may have orders depends on the accounts that each can open; gateways keep it for a while. */
  private tellPairs(dps: readonly DistributionPoint[]): void {
    for (const { id, tenant, second } of dps) if (second) this.feed.changed('dp', id, tenant);
  }

  private async tenantFaults(caller: Caller, tenant: TenantId): Promise<Fault[]> {
    const known = inScope(caller.tenants, tenant) && (await this.tenants.findById(caller.tenants, tenant));
    return known ? [] : [{ path: 'tenant', code: 'unknown', key: 'fault.unknownTenant' }];
  }
}

/** @throws DomainError VALIDATION_FAILED */
function changed(account: Account, change: AccountChange, dps: readonly DistributionPoint[]): Account {
  const faults = [
    ...(change.scope ? scopeFaults(account.tenant, change.scope, dps) : []),
    ...secretFaults(change, false),
  ];
  const { label, username, domain, order, scope } = { ...account, ...withoutUndefined(change) };
  const isRenamed = username !== account.username || domain !== account.domain;
  if (isRenamed && !hasSecret(change)) {
    const path = username === account.username ? 'domain' : 'username';
    faults.push({ path, code: 'secret', key: 'fault.sealedTogether' });
  }
  if (faults.length > 0) throw invalid(faults);
  const base: Account = { ...account, label, username, domain, order, scope };
  if (!hasSecret(change)) {
    return { ...base, sealed: account.sealed.filter(({ recipient }) => coversDp(base, recipient)) };
  }
  return {
    ...base,
    kind: change.privateKey === undefined ? 'password' : 'private-key',
    sealed: sealToAll(account.id, secretOf(change, username, domain), recipientsOf(base, dps)),
    // what failed, or worked, was the secret before
    failures: [],
    lastUse: null,
  };
}

function secretFaults(parts: SecretParts, required: boolean): Fault[] {
  const { password, privateKey, passphrase } = parts;
  const faults: Fault[] = [];
  // A password beside a key is for sudo
  if (required && password === undefined && privateKey === undefined) {
    faults.push({ path: 'password', code: 'required', key: 'fault.passwordOrKey' });
  }
  if (passphrase !== undefined && privateKey === undefined) {
    faults.push({ path: 'passphrase', code: 'alone', key: 'fault.belongsToKey' });
  }
  const fault = privateKey === undefined ? null : privateKeyFault(privateKey, passphrase);
  if (fault) faults.push(fault);
  return faults;
}

function scopeFaults(tenant: TenantId, scope: Account['scope'], dps: readonly DistributionPoint[]): Fault[] {
  if (scope.dps === 'all') return [];
  return scope.dps.flatMap((id: DpId, index) => {
    const dp = dps.find((one) => one.id === id);
    if (dp && serves(dp, tenant)) return [];
    return [
      {
        path: `scope.dps[${index}]`,
        code: 'unknown',
        key: 'fault.dpOfOtherTenant',
        params: { tenant },
      },
    ];
  });
}

function hasSecret({ password, privateKey }: SecretParts): boolean {
  return password !== undefined || privateKey !== undefined;
}

function secretOf(parts: SecretParts, username: string, domain: string | null): AccountSecret {
  const { password, privateKey, passphrase } = parts;
  return {
    username,
    ...(domain !== null && { domain }),
    ...(password !== undefined && { password }),
    ...(privateKey !== undefined && { privateKey }),
    ...(passphrase !== undefined && { passphrase }),
  };
}

function withoutUndefined<T extends object>(fields: T): { [Field in keyof T]: NonNullable<T[Field]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

function summary(account: Account): Record<string, unknown> {
  const { label, tenant, username, domain, kind, order, scope } = account;
  return { label, tenant, username, domain, kind, order, scope };
}
