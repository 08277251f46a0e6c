import { Injectable } from '@nestjs/common';
import { inScope, serves, type DirectoryId, type DpId, type Fault, type TenantId } from '#domain';
import { DirectoryRepository, DistributionPointRepository, TenantRepository } from '#persistence';
import type { Caller } from '../access/caller.js';

/** Finds what an import names, as far as the caller may see it. */
@Injectable()
export class ImportPlaces {
  constructor(
    private readonly tenants: TenantRepository,
    private readonly dps: DistributionPointRepository,
    private readonly directories: DirectoryRepository,
  ) {}

  /** What does not exist, or belongs to another tenant. */
  async faults(
    caller: Caller,
    { tenant, dp, directory }: { tenant: TenantId; dp: DpId | null; directory: DirectoryId | null },
  ): Promise<Fault[]> {
    const faults: Fault[] = [];
    const unknown = (path: string, what: string): number =>
      faults.push({ path, code: 'unknown', message: `is not a known ${what}` });
    const knowsTenant =
      inScope(caller.tenants, tenant) && (await this.tenants.findById(caller.tenants, tenant));
    if (!knowsTenant) unknown('tenant', 'tenant');
    if (dp !== null) {
      const found = await this.dps.findById(caller.tenants, dp);
      if (!found || !serves(found, tenant)) unknown('dp', `distribution point of tenant ${tenant}`);
    }
    if (directory !== null) {
      const found = await this.directories.findById(caller.tenants, directory);
      if (found?.tenant !== tenant) unknown('directory', `directory of tenant ${tenant}`);
    }
    return faults;
  }
}
