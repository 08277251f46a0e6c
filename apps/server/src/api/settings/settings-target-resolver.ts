import { Injectable } from '@nestjs/common';
import { type Caller, DomainError, type DpId, type TenantId } from '#domain';
import { DistributionPointRepository, TenantRepository } from '#persistence';

/** Whose settings: the whole installation's, a tenant's or a DP's. */
export type SettingsOwner =
  { kind: 'global' } | { kind: 'tenant'; tenant: TenantId } | { kind: 'dp'; dp: DpId };

/** The tenant and the DP that a layer of settings is for; null: for all of them. */
export interface SettingsPlace {
  tenant: TenantId | null;
  dp: DpId | null;
}

/** Finds what settings belong to, as far as the caller may see it. */
@Injectable()
export class SettingsTargetResolver {
  constructor(
    private readonly tenants: TenantRepository,
    private readonly dps: DistributionPointRepository,
  ) {}

  /** @throws DomainError NOT_FOUND */
  async of(caller: Caller, owner: SettingsOwner): Promise<SettingsPlace> {
    if (owner.kind === 'tenant') {
      const tenant = await this.tenants.findById(caller.tenants, owner.tenant);
      if (!tenant) throw new DomainError('NOT_FOUND', 'notFound.tenant');
      return { tenant: tenant.id, dp: null };
    }
    if (owner.kind === 'dp') {
      const dp = await this.dps.findById(caller.tenants, owner.dp);
      if (!dp) throw new DomainError('NOT_FOUND', 'notFound.dp');
      return { tenant: dp.tenant, dp: dp.id };
    }
    return { tenant: null, dp: null };
  }

  async affectedDps(owner: SettingsOwner): Promise<{ id: DpId; tenant: TenantId | null }[]> {
    const all = await this.dps.list('all');
    if (owner.kind === 'tenant') return all.filter((dp) => dp.tenant === owner.tenant);
    if (owner.kind === 'dp') return all.filter((dp) => dp.id === owner.dp);
    return all;
  }
}
