import { Injectable } from '@nestjs/common';
import {
  type Caller,
  type DirectoryId,
  type DpId,
  type Fault,
  inScope,
  serves,
  type TenantId,
} from '#domain';
import { DirectoryRepository, DistributionPointRepository, TenantRepository } from '#persistence';
import type { TextKey } from '#texts';

/** Finds what an import names, as far as the caller may see it. */
@Injectable()
export class ImportReferences {
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
    const unknown = (path: string, key: TextKey): number =>
      faults.push({ path, code: 'unknown', key, params: { tenant } });
    const knowsTenant =
      inScope(caller.tenants, tenant) && (await this.tenants.findById(caller.tenants, tenant));
    if (!knowsTenant) unknown('tenant', 'fault.unknownTenant');
    if (dp !== null) {
      const found = await this.dps.findById(caller.tenants, dp);
      if (!found || !serves(found, tenant)) unknown('dp', 'fault.unknownDpOfTenant');
    }
    if (directory !== null) {
      const found = await this.directories.findById(caller.tenants, directory);
      if (found?.tenant !== tenant) unknown('directory', 'fault.unknownDirectoryOfTenant');
    }
    return faults;
  }
}
