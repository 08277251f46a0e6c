import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DEFAULT_TENANT, DomainError, type Tenant, type TenantId } from '#domain';
import { TenantRepository } from '#persistence';
import type { Caller } from '../access/caller.js';
import { AuditService } from '../audit/audit.service.js';
import { changeGuarded } from '../guarded-change.js';
import { madeBefore, type Creation } from '../http/creation.js';
import { demandRevision } from '../http/if-match.js';

const MISSING = 'There is no such tenant.';

/** Tenants [Mandanten]. The first one is made at the first start. */
@Injectable()
export class Tenants implements OnApplicationBootstrap {
  constructor(
    private readonly tenants: TenantRepository,
    private readonly audit: AuditService,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (await this.tenants.any()) return;
    await this.tenants.insert({ id: DEFAULT_TENANT, name: 'Default', createdAt: new Date(), revision: 0 });
  }

  /** @throws DomainError DUPLICATE, FORBIDDEN for a caller who does not own all tenants */
  async create(caller: Caller, wish: { id: TenantId; name: string }, creation: Creation): Promise<Tenant> {
    if (caller.tenants !== 'all')
      throw new DomainError('FORBIDDEN', 'Only owners of all tenants make new ones.');
    const tenant: Tenant = { ...wish, createdAt: new Date(), revision: 0 };
    if (!(await this.tenants.insert(tenant))) {
      const existing = await this.tenants.findById('all', wish.id);
      if (existing && madeBefore(existing, creation)) return existing;
      throw new DomainError('DUPLICATE', `There is a tenant ${wish.id} already.`);
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
    const { before, after } = await changeGuarded(
      () => this.tenants.findById(caller.tenants, id),
      (tenant) => {
        demandRevision(tenant, revision);
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
    demandRevision(tenant, revision);
    const owned = await this.tenants.owned(id);
    const what = Object.entries(owned).flatMap(([name, count]) => (count > 0 ? [`${count} ${name}`] : []));
    if (what.length > 0) {
      throw new DomainError('WRONG_STATE', `Tenant ${id} still owns ${what.join(', ')}; delete them first.`);
    }
    if (!(await this.tenants.remove(id, tenant.revision))) {
      throw new DomainError('REVISION_STALE', 'The tenant was changed meanwhile; look at it again.');
    }
    await this.audit.record(caller, 'tenant.deleted', `tenant:${id}`, { before: { name: tenant.name } });
  }
}
