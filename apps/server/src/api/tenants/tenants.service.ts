import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { type Caller, DEFAULT_TENANT, DomainError, type Tenant, type TenantId } from '#domain';
import { NotificationPreferencesRepository, TenantRepository, updateWithRetry } from '#persistence';
import type { MessageDescriptor } from '#texts';
import { AuditService } from '../../platform/audit/audit.service.js';
import { isRepeatOf, type IdempotentCreate } from '../../platform/http/idempotent-create.js';
import { assertRevision } from '../../platform/http/if-match.js';

const OWNED_WORDS = [
  'computers',
  'accounts',
  'dps',
  'directories',
  'locationRules',
  'notificationTargets',
  'assignmentRules',
  'importProfiles',
  'savedViews',
  'users',
  'apiTokens',
] as const;

const MISSING = 'notFound.tenant';

/** Tenants [Mandanten]. The first one is made at the first start. */
@Injectable()
export class TenantsService implements OnApplicationBootstrap {
  constructor(
    private readonly tenants: TenantRepository,
    private readonly notifications: NotificationPreferencesRepository,
    private readonly audit: AuditService,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (await this.tenants.any()) return;
    await this.tenants.insert({ id: DEFAULT_TENANT, name: 'Default', createdAt: new Date(), revision: 0 });
  }

  /** @throws DomainError DUPLICATE, FORBIDDEN for a caller who does not own all tenants */
  async create(
    caller: Caller,
    wish: { id: TenantId; name: string },
    creation: IdempotentCreate,
  ): Promise<Tenant> {
    if (caller.tenants !== 'all') throw new DomainError('FORBIDDEN', 'tenant.ownersOnly');
    const tenant: Tenant = { ...wish, createdAt: new Date(), revision: 0 };
    if (!(await this.tenants.insert(tenant))) {
      const existing = await this.tenants.findById('all', wish.id);
      if (existing && isRepeatOf(existing, creation)) return existing;
      throw new DomainError('DUPLICATE', 'duplicate.tenant', { tenant: wish.id });
    }
    await this.audit.record(caller, 'tenant.created', `tenant:${wish.id}`, { after: { name: wish.name } });
    return tenant;
  }

  /** @throws DomainError NOT_FOUND */
  async get(caller: Caller, id: TenantId): Promise<Tenant> {
    const tenant = await this.tenants.findById(caller.tenants, id);
    if (!tenant) throw new DomainError('NOT_FOUND', MISSING);
    return tenant;
  }

  async rename(
    caller: Caller,
    id: TenantId,
    name: string | undefined,
    revision: number | null,
  ): Promise<Tenant> {
    const { before, after } = await updateWithRetry(
      () => this.tenants.findById(caller.tenants, id),
      (tenant) => {
        assertRevision(tenant, revision);
        return name === undefined || name === tenant.name ? null : { ...tenant, name };
      },
      (tenant) => this.tenants.replace(tenant),
      MISSING,
    );
    if (after !== before) {
      await this.audit.record(caller, 'tenant.changed', `tenant:${id}`, {
        before: { name: before.name },
        after: { name: after.name },
      });
    }
    return after;
  }

  /** @throws DomainError WRONG_STATE when it still owns something */
  async remove(caller: Caller, id: TenantId, revision: number | null): Promise<void> {
    const tenant = await this.get(caller, id);
    assertRevision(tenant, revision);
    const owned = await this.tenants.owned(id);
    const what = OWNED_WORDS.flatMap((word): MessageDescriptor[] =>
      owned[word] > 0 ? [{ key: `owned.${word}`, params: { count: owned[word] } }] : [],
    );
    if (what.length > 0) {
      throw new DomainError('WRONG_STATE', 'tenant.notEmpty', { tenant: id, what });
    }
    if (!(await this.tenants.remove(id, tenant.revision))) {
      throw new DomainError('REVISION_STALE', 'changed.tenant');
    }
    await this.notifications.remove(`tenant:${id}`);
    await this.audit.record(caller, 'tenant.deleted', `tenant:${id}`, { before: { name: tenant.name } });
  }
}
