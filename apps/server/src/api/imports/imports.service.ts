import { Injectable } from '@nestjs/common';
import type { ImportCommandName } from '#contract';
import {
  askImportCommit,
  askImportDiscard,
  askImportReadAgain,
  askImportUndo,
  type Caller,
  type CommitConsent,
  decideNamesakes,
  type DirectoryId,
  DomainError,
  type DpId,
  type Fault,
  type ImportOptions,
  type ImportOutcome,
  type ImportRun,
  type ImportRunId,
  type ImportSource,
  invalid,
  type NamesakeDecision,
  newImportRun,
  type TenantId,
  undecidedOf,
} from '#domain';
import { ImportRowRepository, ImportRunRepository, updateWithRetry } from '#persistence';
import { AuditService } from '../../platform/audit/audit.service.js';
import { ChangeFeed } from '../../platform/events/change-feed.js';
import { ImportCommands } from '../../engine/directories/import-commands.js';
import type { IdempotentCreate } from '../../platform/http/idempotent-create.js';
import type { Upload } from '../../platform/http/upload.interceptor.js';
import { ImportAssignmentsService } from './import-assignments.service.js';
import { ImportReferences } from './import-references.js';

const MISSING = 'notFound.import';

export interface ImportInput {
  source: ImportSource;
  tenant: TenantId;
  dp: DpId | null;
  directory: DirectoryId | null;
  upload: Upload | null;
  options: ImportOptions;
}

/**
 * Asks for imports and for their next steps: a guarded write of the run, then a command to the importers. A command that
 * gets lost is made up for by the importers, who look for runs that nobody works on.
 */
@Injectable()
export class ImportsService {
  constructor(
    private readonly runs: ImportRunRepository,
    private readonly rows: ImportRowRepository,
    private readonly references: ImportReferences,
    private readonly assignments: ImportAssignmentsService,
    private readonly commands: ImportCommands,
    private readonly audit: AuditService,
    private readonly feed: ChangeFeed,
  ) {}

  /** @throws DomainError VALIDATION_FAILED naming every fault */
  async create(caller: Caller, wish: ImportInput, creation: IdempotentCreate): Promise<ImportRun> {
    const faults = [
      ...sourceFaults(wish),
      ...(await this.references.faults(caller, wish)),
      ...(await this.references.optionFaults(wish.tenant, wish.options)),
    ];
    if (faults.length > 0) throw invalid(faults);
    const { source, tenant, dp, directory, options, upload } = wish;
    const run = newImportRun(
      {
        id: creation.id as ImportRunId,
        tenant,
        source,
        dp,
        file: upload && { blob: upload.blob, name: upload.name.slice(0, 255), size: upload.size },
        directory,
        options,
        requestedBy: caller.name,
      },
      new Date(),
    );
    if (await this.runs.insert(run)) {
      if (upload) upload.kept = true;
      await this.audit.record(
        caller,
        'import.created',
        `import:${run.id}`,
        { after: { source, tenant, dp, directory, file: run.file?.name ?? null, options } },
        tenant,
      );
    }
    await this.commands.send('import.read', run, caller.name);
    return this.get(caller, run.id);
  }

  /** @throws DomainError NOT_FOUND */
  async get(caller: Caller, id: ImportRunId): Promise<ImportRun> {
    const run = await this.runs.findById(caller.tenants, id);
    if (!run) throw new DomainError('NOT_FOUND', MISSING);
    return run;
  }

  /**
   * Rules that change between this look and the write were changed a moment too late to count.
   *
   * @throws DomainError WRONG_STATE, DP_UNDECIDED, ASSIGNMENT_CHANGED
   */
  async commit(caller: Caller, id: ImportRunId, consent: Omit<CommitConsent, 'stamp'>): Promise<ImportRun> {
    const stamp = await this.assignments.stampOf(await this.get(caller, id));
    return this.ask(caller, id, 'import.commit', (run) =>
      askImportCommit(run, { ...consent, stamp }, new Date()),
    );
  }

  /** Whether rules or profile have changed since a run was previewed. */
  async isOvertaken(run: ImportRun): Promise<boolean> {
    if (run.state !== 'previewed' || !run.assignment) return false;
    return run.assignment.stamp !== (await this.assignments.stampOf(run));
  }

  /**
   * Notes on the run what was decided on rows with a namesake; the importer heeds it when it commits.
   *
   * @param lines null: all that nobody has decided on
   * @throws DomainError VALIDATION_FAILED naming each line that needs no decision, WRONG_STATE
   */
  async decide(
    caller: Caller,
    id: ImportRunId,
    decision: NamesakeDecision,
    lines: readonly number[] | null,
  ): Promise<ImportRun> {
    const run = await this.get(caller, id);
    if (lines) {
      const asked = await this.rows.linesWithNamesake(run.id, lines);
      const faults = lines.flatMap((line, index): Fault[] =>
        asked.has(line)
          ? []
          : [{ path: `lines[${index}]`, code: 'no-namesake', key: 'import.noNamesake', params: { line } }],
      );
      if (faults.length > 0) throw invalid(faults);
    }
    const { before, after } = await updateWithRetry(
      () => this.runs.findById(caller.tenants, id),
      (current) => {
        const decided = decideNamesakes(current, decision, lines);
        return decided === current ? null : decided;
      },
      (next) => this.runs.replace(next),
      MISSING,
    );
    if (after === before) return after;
    const data = {
      before: { undecided: undecidedOf(before) },
      after: { undecided: undecidedOf(after), decision, lines: lines ?? 'all' },
    };
    await this.audit.record(caller, 'import.decided', `import:${id}`, data, after.tenant);
    this.feed.changed('import', id, after.tenant);
    return after;
  }

  discard(caller: Caller, id: ImportRunId): Promise<ImportRun> {
    return this.ask(caller, id, 'import.discard', (run) => askImportDiscard(run, new Date()));
  }

  undo(caller: Caller, id: ImportRunId): Promise<ImportRun> {
    return this.ask(caller, id, 'import.undo', (run) => askImportUndo(run, caller.name, new Date()));
  }

  /** @throws DomainError VALIDATION_FAILED naming every fault, WRONG_STATE */
  async readAgain(caller: Caller, id: ImportRunId, options: ImportOptions): Promise<ImportRun> {
    const { tenant } = await this.get(caller, id);
    const faults = await this.references.optionFaults(tenant, options);
    if (faults.length > 0) throw invalid(faults);
    return this.ask(caller, id, 'import.read', (run) => askImportReadAgain(run, options, new Date()));
  }

  private async ask(
    caller: Caller,
    id: ImportRunId,
    command: ImportCommandName,
    decide: (run: ImportRun) => ImportOutcome,
  ): Promise<ImportRun> {
    const { before, after } = await updateWithRetry(
      () => this.runs.findById(caller.tenants, id),
      (run) => {
        const outcome = decide(run);
        return outcome.changed ? outcome.run : null;
      },
      (run) => this.runs.replace(run),
      MISSING,
    );
    if (after !== before) {
      await this.audit.record(
        caller,
        `${command}-asked`,
        `import:${id}`,
        { before: told(before), after: told(after) },
        after.tenant,
      );
    }
    await this.commands.send(command, after, caller.name);
    return after;
  }
}

function told({ state, undo, options }: ImportRun): Record<string, unknown> {
  return { state, undo: Boolean(undo), options };
}

function sourceFaults({ source, upload, directory }: ImportInput): Fault[] {
  if (source === 'csv' && !upload) {
    return [{ path: 'file', code: 'required', key: 'fault.sendFile' }];
  }
  if (source === 'ad' && upload) return [{ path: 'file', code: 'alone', key: 'fault.belongsToCsv' }];
  if (source === 'ad' && !directory)
    return [{ path: 'directory', code: 'required', key: 'fault.namesDirectory' }];
  return [];
}
