import { Injectable } from '@nestjs/common';
import {
  type Caller,
  type DirectoryId,
  type DpId,
  type Fault,
  type ImportOptions,
  inScope,
  serves,
  type TenantId,
} from '#domain';
import {
  DirectoryRepository,
  DistributionPointRepository,
  ImportProfileRepository,
  TenantRepository,
} from '#persistence';
import type { TextKey } from '#texts';
import { AssignableDps } from '../assignment-rules/assignable-dps.service.js';

/** Finds what an import names, as far as the caller may see it. */
@Injectable()
export class ImportReferences {
  constructor(
    private readonly tenants: TenantRepository,
    private readonly dps: DistributionPointRepository,
    private readonly directories: DirectoryRepository,
    private readonly profiles: ImportProfileRepository,
    private readonly assignable: AssignableDps,
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

  /** The profile and the DPs that options name and that do not exist, or belong to another tenant. */
  async optionFaults(tenant: TenantId, { profile, mapping }: ImportOptions): Promise<Fault[]> {
    const faults: Fault[] = [];
    if (profile && !(await this.profiles.findById([tenant], profile))) {
      faults.push({
        path: 'options.profile',
        code: 'unknown',
        key: 'fault.unknownProfile',
        params: { tenant },
      });
    }
    if (!mapping || mapping.values.every(({ dp }) => dp === null)) return faults;
    const dps = await this.assignable.of(tenant);
    for (const [index, { dp }] of mapping.values.entries()) {
      if (dp === null || dps.has(dp)) continue;
      const path = `options.mapping.values[${index}].dp`;
      faults.push({ path, code: 'unknown', key: 'fault.unknownDpOfTenant', params: { tenant } });
    }
    return faults;
  }
}
