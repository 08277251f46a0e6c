import { Injectable } from '@nestjs/common';
import {
  type Caller,
  DomainError,
  type ImportProfile,
  type ImportProfileId,
  type ImportRunId,
  invalid,
  mergedMapping,
  MOST_MAPPED_VALUES,
  profileOfRun,
  type ProfileFacts,
  type TenantId,
  type ValueMapping,
} from '#domain';
import {
  ImportProfileRepository,
  ImportRowRepository,
  ImportRunRepository,
  updateWithRetry,
} from '#persistence';
import { AuditService } from '../../platform/audit/audit.service.js';
import type { IdempotentCreate } from '../../platform/http/idempotent-create.js';
import { assertRevision } from '../../platform/http/if-match.js';
import { ImportAssignmentsService } from '../imports/import-assignments.service.js';
import { ImportReferences } from '../imports/import-references.js';

const MISSING = 'notFound.profile';

export interface ImportProfileChange {
  name?: string;
  run?: ImportRunId;
  mapping?: ValueMapping | null;
}

/** Profiles: how files with certain headings are read, and which DPs their values mean. */
@Injectable()
export class ImportProfilesService {
  constructor(
    private readonly profiles: ImportProfileRepository,
    private readonly runs: ImportRunRepository,
    private readonly rows: ImportRowRepository,
    private readonly assignments: ImportAssignmentsService,
    private readonly references: ImportReferences,
    private readonly audit: AuditService,
  ) {}

  /** @throws DomainError VALIDATION_FAILED, WRONG_STATE for a file without headings, DUPLICATE */
  async create(
    caller: Caller,
    { name, run }: { name: string; run: ImportRunId },
    creation: IdempotentCreate,
  ): Promise<ImportProfile> {
    const id = creation.id as ImportProfileId;
    const { tenant, facts } = await this.factsOf(caller, run);
    const now = new Date();
    const profile: ImportProfile = {
      id,
      tenant,
      name,
      ...facts,
      createdAt: now,
      changedAt: now,
      revision: 0,
    };
    if (!(await this.profiles.insert(profile))) {
      // after a crash the first run's profile may be there already: it is this one
      const mine = await this.profiles.findById(caller.tenants, id);
      if (mine) return mine;
      throw new DomainError('DUPLICATE', 'duplicate.profile');
    }
    await this.note(caller, 'import-profile.created', profile, { after: summary(profile) });
    return profile;
  }

  /** @throws DomainError NOT_FOUND */
  async get(caller: Caller, id: ImportProfileId): Promise<ImportProfile> {
    const profile = await this.profiles.findById(caller.tenants, id);
    if (!profile) throw new DomainError('NOT_FOUND', MISSING);
    return profile;
  }

  /** @throws DomainError VALIDATION_FAILED, DUPLICATE, REVISION_STALE */
  async change(
    caller: Caller,
    id: ImportProfileId,
    { name, run, mapping }: ImportProfileChange,
    revision: number | null,
  ): Promise<ImportProfile> {
    const taken = run === undefined ? null : await this.factsOf(caller, run);
    const { before, after } = await updateWithRetry(
      () => this.profiles.findById(caller.tenants, id),
      async (profile) => {
        assertRevision(profile, revision);
        if (taken && (taken.tenant !== profile.tenant || taken.facts.shape !== profile.shape)) {
          throw invalid([{ path: 'run', code: 'shape', key: 'fault.otherHeadings' }]);
        }
        if (mapping) await this.demandDps(profile.tenant, mapping);
        return {
          ...profile,
          ...(taken && {
            ...taken.facts,
            mapping: mergedMapping(profile.mapping, taken.facts.mapping, taken.cells),
          }),
          ...(mapping !== undefined && { mapping }),
          name: name ?? profile.name,
          changedAt: new Date(),
        };
      },
      (profile) => this.replace(caller, profile),
      MISSING,
    );
    await this.note(caller, 'import-profile.changed', after, {
      before: summary(before),
      after: summary(after),
    });
    return after;
  }

  async remove(caller: Caller, id: ImportProfileId, revision: number | null): Promise<void> {
    const profile = await this.get(caller, id);
    assertRevision(profile, revision);
    if (!(await this.profiles.remove(id, profile.revision))) {
      throw new DomainError('REVISION_STALE', 'changed.profile');
    }
    await this.note(caller, 'import-profile.deleted', profile, { before: summary(profile) });
  }

  /** A name that another one has loses every time: that is told, and not tried again. */
  private async replace(caller: Caller, profile: ImportProfile): Promise<ImportProfile | null> {
    const others = await this.profiles.list([profile.tenant]);
    if (others.some((one) => one.name === profile.name && one.id !== profile.id)) {
      throw new DomainError('DUPLICATE', 'duplicate.profile');
    }
    return this.profiles.replace(profile);
  }

  private async factsOf(
    caller: Caller,
    id: ImportRunId,
  ): Promise<{ tenant: TenantId; facts: ProfileFacts; cells: string[] }> {
    const run = await this.runs.findById(caller.tenants, id);
    if (!run) throw invalid([{ path: 'run', code: 'unknown', key: 'fault.unknownImport' }]);
    const { assignment, options } = await this.assignments.of(run);
    const facts = profileOfRun(run, options);
    const column = options.mapping ? assignment.columns.indexOf(options.mapping.column) : null;
    const found = column === null ? [] : await this.rows.cellsOf(id, column, MOST_MAPPED_VALUES);
    return { tenant: run.tenant, facts, cells: found.map(({ cell }) => cell) };
  }

  private async demandDps(tenant: TenantId, mapping: ValueMapping): Promise<void> {
    const faults = await this.references.optionFaults(tenant, { mapping });
    if (faults.length === 0) return;
    throw invalid(faults.map((fault) => ({ ...fault, path: fault.path.replace(/^options\./, '') })));
  }

  private async note(
    caller: Caller,
    action: string,
    { id, tenant }: ImportProfile,
    data: Record<string, unknown>,
  ): Promise<void> {
    await this.audit.record(caller, action, `import-profile:${id}`, data, tenant);
  }
}

function summary({
  name,
  headers,
  columns,
  mapping,
  dpFromColumn,
  withoutDp,
}: ImportProfile): Record<string, unknown> {
  return {
    name,
    headers,
    columns,
    column: mapping?.column ?? null,
    values: mapping?.values.length ?? 0,
    dpFromColumn,
    withoutDp,
  };
}
