import { Injectable } from '@nestjs/common';
import {
  type Caller,
  DomainError,
  type Fault,
  faultsOfNetworks,
  inScope,
  invalid,
  type JoinKey,
  type TenantId,
} from '#domain';
import { makeToken } from '#contract';
import { JoinKeyRepository, TenantRepository } from '#persistence';
import { currentTime } from '#runtime';
import { randomToken, sha256 } from '#sealing';
import { AuditService } from '../../platform/audit/audit.service.js';
import type { IdempotentCreate } from '../../platform/http/idempotent-create.js';

const YEAR_MS = 366 * 24 * 60 * 60 * 1000;

/** What an administrator says of a new key. */
export type NewJoinKey = Pick<
  JoinKey,
  'label' | 'tenant' | 'pattern' | 'uses' | 'enableWithin' | 'expiresAt'
>;

/** Keys with which many DPs join: shown once, stored as SHA-256. */
@Injectable()
export class JoinKeysService {
  constructor(
    private readonly keys: JoinKeyRepository,
    private readonly tenants: TenantRepository,
    private readonly audit: AuditService,
  ) {}

  /** @throws DomainError VALIDATION_FAILED naming every fault; FORBIDDEN for a key of all tenants */
  async create(
    caller: Caller,
    wish: NewJoinKey,
    creation: IdempotentCreate,
  ): Promise<{ key: string; stored: JoinKey }> {
    const now = currentTime();
    assertMayManage(caller, wish.tenant);
    const faults = [
      ...(await this.faultsOfTenant(caller, wish.tenant)),
      ...faultsOfNetworks(wish.enableWithin),
      ...faultsOfTime(wish.expiresAt, now),
    ];
    if (faults.length > 0) throw invalid(faults);
    const text = makeToken(creation.id, randomToken());
    const stored: JoinKey = {
      id: creation.id,
      hash: sha256(text),
      ...wish,
      usedBy: [],
      createdBy: caller.name,
      createdAt: now,
      revision: 0,
    };
    // After a crash the first run's key may exist already; nobody was ever shown it.
    const before = await this.keys.findById('all', creation.id);
    if (before) await this.keys.remove(before.id, before.revision);
    await this.keys.insert(stored);
    const data = { after: { ...wish } };
    await this.audit.record(caller, 'join-key.created', `join-key:${stored.id}`, data, wish.tenant);
    return { key: text, stored };
  }

  /** @throws DomainError NOT_FOUND */
  async get(caller: Caller, id: string): Promise<JoinKey> {
    const key = await this.keys.findById(caller.tenants, id);
    if (!key) throw new DomainError('NOT_FOUND', 'notFound.joinKey');
    return key;
  }

  list(caller: Caller): Promise<JoinKey[]> {
    return this.keys.list(caller.tenants);
  }

  /** Nothing joins by it any more; what has joined stays. @throws DomainError NOT_FOUND, FORBIDDEN */
  async remove(caller: Caller, id: string): Promise<void> {
    for (;;) {
      const key = await this.get(caller, id);
      assertMayManage(caller, key.tenant);
      // a DP that joins at this moment is noted first
      if (!(await this.keys.remove(id, key.revision))) continue;
      const { label, tenant, pattern, uses, usedBy, expiresAt } = key;
      const data = { before: { label, tenant, pattern, uses, usedBy, expiresAt } };
      await this.audit.record(caller, 'join-key.deleted', `join-key:${id}`, data, tenant);
      return;
    }
  }

  private async faultsOfTenant(caller: Caller, tenant: TenantId | null): Promise<Fault[]> {
    if (tenant === null) return [];
    const isKnown = inScope(caller.tenants, tenant) && (await this.tenants.findById(caller.tenants, tenant));
    return isKnown ? [] : [{ path: 'tenant', code: 'unknown', key: 'fault.unknownTenant' }];
  }
}

/** DPs without a tenant serve everybody and are managed by owners. */
function assertMayManage(caller: Caller, tenant: TenantId | null): void {
  if (tenant !== null || (caller.role === 'owner' && caller.tenants === 'all')) return;
  throw new DomainError('FORBIDDEN', 'dp.ownersOnly');
}

function faultsOfTime(expiresAt: Date, now: Date): Fault[] {
  if (expiresAt <= now) return [{ path: 'expiresAt', code: 'past', key: 'fault.future' }];
  if (expiresAt.getTime() > now.getTime() + YEAR_MS)
    return [{ path: 'expiresAt', code: 'far', key: 'fault.withinYear' }];
  return [];
}
