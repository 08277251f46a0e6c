import { X509Certificate } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import {
  addressFaults,
  type Caller,
  type Directory,
  type DirectoryId,
  type DirectorySync,
  DomainError,
  type Fault,
  inScope,
  invalid,
  readDirectoryFilter,
  serves,
  type TenantId,
} from '#domain';
import {
  DirectoryRepository,
  DistributionPointRepository,
  TenantRepository,
  updateWithRetry,
} from '#persistence';
import { DirectorySyncs } from '../../engine/directories/directory-syncs.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import type { IdempotentCreate } from '../../platform/http/idempotent-create.js';
import { assertRevision } from '../../platform/http/if-match.js';
import { Importers } from './importers.js';

const MISSING = 'notFound.directory';

type Settings = Omit<Directory, 'id' | 'tenant' | 'sealedPassword' | 'createdAt' | 'revision'>;

export type DirectoryWish = Settings & { tenant: TenantId; bindPassword: string };
export type DirectoryChange = { [Field in keyof Settings]?: Settings[Field] | undefined } & {
  bindPassword?: string | undefined;
};

/**
 * Directories that computers are imported from. The bind password is sealed to the importers' key on entry and
 * forgotten; it is in no field, no log and no queue.
 */
@Injectable()
export class DirectoriesService {
  constructor(
    private readonly directories: DirectoryRepository,
    private readonly tenants: TenantRepository,
    private readonly dps: DistributionPointRepository,
    private readonly importers: Importers,
    private readonly syncs: DirectorySyncs,
    private readonly audit: AuditService,
  ) {}

  /** @throws DomainError VALIDATION_FAILED, DUPLICATE; UNAVAILABLE while no importer runs */
  async create(caller: Caller, wish: DirectoryWish, creation: IdempotentCreate): Promise<Directory> {
    const { tenant, bindPassword, ...settings } = wish;
    const known = inScope(caller.tenants, tenant) && (await this.tenants.findById(caller.tenants, tenant));
    const faults: Fault[] = known ? [] : [{ path: 'tenant', code: 'unknown', key: 'fault.unknownTenant' }];
    faults.push(...settingsFaults(settings), ...(await this.dpFaults(caller, tenant, settings.dp)));
    if (faults.length > 0) throw invalid(faults);
    const id = creation.id as DirectoryId;
    const directory: Directory = {
      id,
      tenant,
      ...settings,
      sealedPassword: await this.importers.seal({ id, ...settings }, bindPassword),
      createdAt: new Date(),
      revision: 0,
    };
    if (!(await this.directories.insert(directory))) {
      // After a crash the first run's directory may be there already: it is this one.
      const before = await this.directories.findById(caller.tenants, id);
      if (before) return before;
      throw new DomainError('DUPLICATE', 'duplicate.directory', { tenant, name: settings.name });
    }
    await this.syncs.align(directory);
    await this.audit.record(
      caller,
      'directory.created',
      `directory:${id}`,
      { after: summary(directory) },
      tenant,
    );
    return directory;
  }

  /** @throws DomainError NOT_FOUND */
  async get(caller: Caller, id: DirectoryId): Promise<Directory> {
    const directory = await this.directories.findById(caller.tenants, id);
    if (!directory) throw new DomainError('NOT_FOUND', MISSING);
    return directory;
  }

  /** @throws DomainError VALIDATION_FAILED when it is to be elsewhere, or reached otherwise, without the password */
  async change(
    caller: Caller,
    id: DirectoryId,
    { bindPassword, ...change }: DirectoryChange,
    revision: number | null,
  ): Promise<Directory> {
    const { before, after } = await updateWithRetry(
      () => this.directories.findById(caller.tenants, id),
      async (directory) => {
        assertRevision(directory, revision);
        const wanted: Directory = { ...directory, ...given(change) };
        const faults = settingsFaults(wanted);
        if (change.dp !== undefined) faults.push(...(await this.dpFaults(caller, wanted.tenant, wanted.dp)));
        for (const field of ['url', 'startTls'] as const) {
          if (wanted[field] === directory[field] || bindPassword !== undefined) continue;
          faults.push({
            path: 'bindPassword',
            code: 'required',
            key: 'fault.passwordForField',
            params: { field },
          });
          break;
        }
        if (faults.length > 0) throw invalid(faults);
        if (bindPassword === undefined) return wanted;
        return { ...wanted, sealedPassword: await this.importers.seal(wanted, bindPassword) };
      },
      (directory) => this.directories.replace(directory),
      MISSING,
    );
    await this.syncs.align(after);
    const data = {
      before: summary(before),
      after: summary(after),
      secretEntered: bindPassword !== undefined,
    };
    await this.audit.record(caller, 'directory.changed', `directory:${id}`, data, after.tenant);
    return after;
  }

  /** Reads it now, as its schedule would. */
  async sync(caller: Caller, id: DirectoryId, full: boolean): Promise<DirectorySync> {
    const directory = await this.get(caller, id);
    const asked = await this.syncs.ask(directory, full, caller.name);
    await this.audit.record(
      caller,
      'directory.sync-asked',
      `directory:${id}`,
      { after: { full } },
      directory.tenant,
    );
    return asked;
  }

  /** Its computers stay; a directory that is made anew finds them again by objectGUID. */
  async remove(caller: Caller, id: DirectoryId, revision: number | null): Promise<void> {
    const directory = await this.get(caller, id);
    assertRevision(directory, revision);
    if (!(await this.directories.remove(id, directory.revision))) {
      throw new DomainError('REVISION_STALE', 'changed.directory');
    }
    const data = { before: summary(directory) };
    await this.audit.record(caller, 'directory.deleted', `directory:${id}`, data, directory.tenant);
  }

  private async dpFaults(caller: Caller, tenant: TenantId, dp: Directory['dp']): Promise<Fault[]> {
    if (!dp) return [];
    const found = await this.dps.findById(caller.tenants, dp);
    if (found && serves(found, tenant)) return [];
    return [{ path: 'dp', code: 'unknown', key: 'fault.unknownDpOfTenant', params: { tenant } }];
  }
}

function settingsFaults(settings: Settings): Fault[] {
  const faults = addressFaults(settings);
  const { caPem, filter } = settings;
  if (caPem !== null && !holdsCertificates(caPem)) {
    faults.push({ path: 'caPem', code: 'pem', key: 'fault.pem' });
  }
  const read = filter === null ? null : readDirectoryFilter(filter);
  if (read?.ok === false) {
    const why = { key: read.why.key, params: read.why.params ?? {} };
    faults.push({
      path: 'filter',
      code: 'filter',
      key: 'fault.ldapFilterAt',
      params: { position: read.position, why },
    });
  }
  return faults;
}

function holdsCertificates(pem: string): boolean {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  return blocks.length > 0 && blocks.every((block) => isCertificate(block));
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

function given<T extends object>(fields: T): { [Field in keyof T]: Exclude<T[Field], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

function summary(directory: Directory): Record<string, unknown> {
  const { name, tenant, url, startTls, allowPlain, caPem, bindDn, bases, filter } = directory;
  const { schedule, policy, releasesPerHour, dp, options } = directory;
  const reached = { name, tenant, url, startTls, allowPlain, ownCa: caPem !== null, bindDn, bases, filter };
  return { ...reached, schedule, policy, releasesPerHour, dp, options };
}
