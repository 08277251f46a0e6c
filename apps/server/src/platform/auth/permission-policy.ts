import { Injectable } from '@nestjs/common';
import { type Caller, DomainError, type Grant, invalid, isWithin, type Fault } from '#domain';
import { TenantRepository } from '#persistence';

/** Roles and tenants as they are given away, to users and to API tokens. */
@Injectable()
export class PermissionPolicy {
  constructor(private readonly tenants: TenantRepository) {}

  /**
   * @throws DomainError FORBIDDEN for a role or tenants beyond the caller's own, whether they exist or not;
   * VALIDATION_FAILED for unknown tenants
   */
  async assertMayGrant(caller: Caller, grant: Grant): Promise<void> {
    if (!isWithin(caller, grant)) throw new DomainError('FORBIDDEN', 'access.beyondOwn');
    if (grant.tenants === 'all') return;
    const known = new Set((await this.tenants.findByIds(grant.tenants)).map((tenant) => tenant.id));
    const faults = grant.tenants.flatMap((tenant, index): Fault[] =>
      known.has(tenant) ? [] : [{ path: `tenants[${index}]`, code: 'unknown', key: 'fault.unknownTenant' }],
    );
    if (faults.length > 0) throw invalid(faults);
  }
}

/** The tenant whose audit shows what was done to a user or token: the only one it is for, else nobody's. */
export function auditTenant({ tenants }: Grant): string | null {
  return tenants !== 'all' && tenants.length === 1 ? (tenants[0] ?? null) : null;
}
