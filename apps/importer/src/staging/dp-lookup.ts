import { Injectable } from '@nestjs/common';
import type { TenantId } from '#domain';
import { DistributionPointRepository } from '#persistence';

/** Which distribution points the computers of a tenant may be given. */
@Injectable()
export class DpLookup {
  constructor(private readonly dps: DistributionPointRepository) {}

  /** Its own, and those that belong to no tenant. */
  async idsFor(tenant: TenantId): Promise<ReadonlySet<string>> {
    const all = await this.dps.list([tenant]);
    return new Set(all.filter((dp) => dp.tenant === null || dp.tenant === tenant).map((dp) => dp.id));
  }
}
