import { Injectable } from '@nestjs/common';
import { IMPORT_VERDICTS, type ImportRun, type ImportRunId, type RetentionPlan } from '#domain';
import {
  ComputerRepository,
  DirectorySyncRepository,
  ImportRowRepository,
  ImportRunRepository,
} from '#persistence';
import { type ArchivedDocument, planOf, type RetentionKeeper } from './retention-keeper.js';

/**
 * Imports that have ended, with their rows. One stays as long as a computer comes from it (it shows where, and an undo needs
 * the rows), or its directory's schedule still works with it.
 */
@Injectable()
export class ImportKeeper implements RetentionKeeper {
  readonly kind = 'imports';

  constructor(
    private readonly runs: ImportRunRepository,
    private readonly rows: ImportRowRepository,
    private readonly computers: ComputerRepository,
    private readonly syncs: DirectorySyncRepository,
  ) {}

  async *plans(before: Date): AsyncGenerator<RetentionPlan> {
    const inSchedule = new Set(
      (await this.syncs.list('all')).flatMap(({ run, pending, releases }) => [
        run?.id,
        pending,
        ...(releases?.runs ?? []),
      ]),
    );
    for await (const run of this.runs.doneBefore(before)) {
      if (isUnderWay(run) || inSchedule.has(run.id)) continue;
      if ((await this.computers.ofRun(run.id, null, 1)).length > 0) continue;
      yield planOf(this.kind, run.endedAt ?? run.at, [{ id: run.id, seen: run.revision, of: null }]);
    }
  }

  async *documents({ keys }: RetentionPlan): AsyncGenerator<ArchivedDocument> {
    for (const key of keys) {
      const id = key.id as ImportRunId;
      const run = await this.runs.findById('all', id);
      if (run) yield { collection: 'importRuns', document: run };
      for await (const document of this.rows.stream(id, IMPORT_VERDICTS))
        yield { collection: 'importRows', document };
    }
  }

  async remove({ keys }: RetentionPlan): Promise<Record<string, number>> {
    const gone = { importRuns: 0, importRows: 0 };
    for (const { id: key, seen } of keys) {
      const id = key as ImportRunId;
      // the run first: whoever asks for its undo either comes before, and it stays, or finds none
      if (await this.runs.remove(id, seen)) gone.importRuns += 1;
      else if (await this.runs.findById('all', id)) continue;
      gone.importRows += await this.rows.deleteOfRun(id);
    }
    return gone;
  }
}

function isUnderWay({ state, undo, file, storedLine }: ImportRun): boolean {
  if (file !== null || (undo !== null && undo.at === null)) return true;
  return state === 'discarded' && storedLine > 0;
}
