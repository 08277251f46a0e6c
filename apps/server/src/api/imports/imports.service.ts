import { Injectable, Logger } from '@nestjs/common';
import type { ImportCommand, ImportCommandName } from '#contract';
import {
  askImportCommit,
  askImportDiscard,
  askImportReadAgain,
  askImportUndo,
  type Caller,
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
  newImportRun,
  type TenantId,
} from '#domain';
import { EventSender, QUEUES } from '#messaging';
import { ImportRunRepository, updateWithRetry } from '#persistence';
import { newId } from '#runtime';
import { AuditService } from '../../platform/audit/audit.service.js';
import { ChangeFeed } from '../../platform/events/change-feed.js';
import type { IdempotentCreate } from '../../platform/http/idempotent-create.js';
import type { Upload } from '../../platform/http/upload.interceptor.js';
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
  private readonly log = new Logger(ImportsService.name);

  constructor(
    private readonly runs: ImportRunRepository,
    private readonly references: ImportReferences,
    private readonly commands: EventSender,
    private readonly audit: AuditService,
    private readonly feed: ChangeFeed,
  ) {}

  /** @throws DomainError VALIDATION_FAILED naming every fault */
  async create(caller: Caller, wish: ImportInput, creation: IdempotentCreate): Promise<ImportRun> {
    const faults = [...sourceFaults(wish), ...(await this.references.faults(caller, wish))];
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
    await this.command('import.read', run, caller);
    return this.get(caller, run.id);
  }

  /** @throws DomainError NOT_FOUND */
  async get(caller: Caller, id: ImportRunId): Promise<ImportRun> {
    const run = await this.runs.findById(caller.tenants, id);
    if (!run) throw new DomainError('NOT_FOUND', MISSING);
    return run;
  }

  /** @throws DomainError WRONG_STATE */
  commit(caller: Caller, id: ImportRunId, confirmDrop: boolean): Promise<ImportRun> {
    return this.ask(caller, id, 'import.commit', (run) => askImportCommit(run, confirmDrop, new Date()));
  }

  discard(caller: Caller, id: ImportRunId): Promise<ImportRun> {
    return this.ask(caller, id, 'import.discard', (run) => askImportDiscard(run, new Date()));
  }

  undo(caller: Caller, id: ImportRunId): Promise<ImportRun> {
    return this.ask(caller, id, 'import.undo', (run) => askImportUndo(run, caller.name, new Date()));
  }

  readAgain(caller: Caller, id: ImportRunId, options: ImportOptions): Promise<ImportRun> {
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
    await this.command(command, after, caller);
    return after;
  }

  private async command(name: ImportCommandName, run: ImportRun, caller: Caller): Promise<void> {
    this.feed.changed('import', run.id, run.tenant);
    const command: ImportCommand = {
      v: 1,
      run: run.id,
      requestedBy: caller.name.slice(0, 255),
      correlation: newId(),
    };
    try {
      await this.commands.send(QUEUES.imports, name, command, {
        messageId: `${name}:${run.id}:${run.revision}`,
        correlationId: command.correlation,
      });
    } catch (error) {
      this.log.warn(
        { err: error, run: run.id },
        `${name} was not sent; an importer will find the run by itself`,
      );
    }
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
