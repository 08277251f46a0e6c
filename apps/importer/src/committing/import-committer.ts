import { Injectable } from '@nestjs/common';
import {
  applyRow,
  candidateOfRow,
  decideRow,
  decisionsOf,
  importChangedEvent,
  importCommitted,
  importedComputer,
  importedEvent,
  isRegistered,
  KEEPS_DP,
  rowMessage,
  takesRow,
  type Computer,
  type ComputerId,
  type DpIndex,
  type ImportChange,
  type ImportMessage,
  type ImportRow,
  type ImportRun,
  type RowOutcome,
  type TimelineEvent,
  nameKeyOf,
} from '#domain';
import type { TextKey, TextParams } from '#texts';
import { ChangePublisher } from '#messaging';
import {
  ComputerRepository,
  ImportRowRepository,
  retryLost,
  type RowMark,
  TimelineRepository,
} from '#persistence';
import { batchesOf } from '../runs/batches.js';
import { DpLookup } from '../staging/dp-lookup.js';
import { loadHolders } from '../staging/known-lookup.js';
import { NamesakeRows, type Done } from './namesake-rows.js';
import type { RunProgress } from '../runs/run-progress.js';

type NewRow = ImportRow & { newComputer: ComputerId; identity: string };

/**
 * Commits a preview: inserts computers and brings known ones up to date. Batch by batch; a batch that is done again after
 * a crash ends the same, because ids of computers and events are those of the first time.
 */
@Injectable()
export class ImportCommitter {
  constructor(
    private readonly rows: ImportRowRepository,
    private readonly computers: ComputerRepository,
    private readonly timeline: TimelineRepository,
    private readonly dps: DpLookup,
    private readonly namesakes: NamesakeRows,
    private readonly changes: ChangePublisher,
  ) {}

  /** @throws RunLostError, Stopping */
  async commit(progress: RunProgress): Promise<void> {
    const { run } = progress;
    const dps = await this.dps.of(run.tenant);
    const decisionOf = decisionsOf(run);
    const isAnother = (row: ImportRow): boolean => decisionOf(row) === 'other';
    const rows = this.rows.stream(run.id, ['new', 'changed'], run.storedLine);
    for await (const batch of batchesOf(rows)) {
      const lastLine = batch.at(-1)?.line ?? run.storedLine;
      const { taken, skipped } = sortByPolicy(batch, run);
      const { takeable, refused } = sortByDp(
        taken.filter(isAnother),
        dps,
        run.options.withoutDp === 'reject',
      );
      const told = await this.namesakes.settle(
        taken.filter((row) => !isAnother(row)),
        run,
      );
      const [inserted, refreshed] = await Promise.all([
        this.insert(takeable.filter(isNew), run),
        this.refresh(
          takeable.filter((row) => row.verdict === 'changed'),
          run,
        ),
      ]);
      const marks = [...skipped, ...refused, ...told.marks, ...inserted.marks, ...refreshed.marks];
      // Neither needs the other; after a crash between them the batch is done again, because its line is not noted yet
      await Promise.all([
        this.timeline.append([...told.events, ...inserted.events, ...refreshed.events]),
        this.rows.mark(marks),
      ]);
      await progress.save(afterBatch(progress.run, marks, lastLine));
    }
    await progress.finish(importCommitted(progress.run, new Date()));
    // One event for all of them: who shows lists of computers reads them again.
    this.changes.publish({ v: 1, topic: 'computer', id: run.id, tenant: run.tenant });
  }

  private async insert(rows: readonly NewRow[], run: ImportRun): Promise<Done> {
    const now = new Date();
    const wanted = new Map(rows.map((row) => [row.newComputer, importedComputer(row, run, now)]));
    const { duplicates } = await this.computers.insertNew([...wanted.values()]);
    const there = await this.computers.findByIds([run.tenant], duplicates);
    // Those with our own id were inserted before a crash; the others were made by somebody else.
    for (const computer of there) wanted.set(computer.id, computer);
    const ours = new Set(there.map((computer) => computer.id));
    const foreign = new Set(duplicates.filter((id) => !ours.has(id)));
    const marks: RowMark[] = [];
    const events: TimelineEvent[] = [];
    for (const row of rows) {
      const computer = wanted.get(row.newComputer);
      if (!computer || foreign.has(row.newComputer)) continue;
      marks.push({ id: row.id, outcome: 'created' });
      events.push(importedEvent(computer, run));
    }
    const late = rows.filter((row) => foreign.has(row.newComputer));
    if (late.length > 0) marks.push(...(await this.overtaken(late, run)));
    return { marks, events };
  }

  /** Rows that were new at the preview, and whose computers are known by now. */
  private async overtaken(rows: readonly NewRow[], run: ImportRun): Promise<RowMark[]> {
    const known = await loadHolders(this.computers, run.tenant, rows.map(candidateOfRow));
    const rules = { directory: run.directory, withoutDp: run.options.withoutDp ?? null };
    return rows.map((row) => {
      const choice = { dp: row.dp, by: row.assignedBy ?? KEEPS_DP, refusal: null };
      const decision = decideRow(candidateOfRow(row), choice, rules, known);
      const rejected = decision.verdict === 'rejected';
      const note = rowMessage(candidateOfRow(row), 'BECAME_KNOWN', 'row.becameKnown');
      return {
        id: row.id,
        computer: decision.computer?.id ?? null,
        outcome: rejected ? 'rejected' : 'known',
        messages: [...row.messages, ...decision.messages, note],
      };
    });
  }

  private async refresh(rows: readonly ImportRow[], run: ImportRun): Promise<Done> {
    const marks = new Map<string, RowMark>();
    const changed = new Map<ComputerId, Computer>();
    const rowsById = new Map(rows.map((row) => [row.id, row]));
    let isFirstLook = true;
    await retryLost('import rows', [...rowsById.keys()], async (ids) => {
      const open = ids.flatMap((id) => rowsById.get(id) ?? []);
      const found = await this.computers.findByIds(
        [run.tenant],
        open.flatMap((row) => row.computer ?? []),
      );
      const byId = new Map(found.map((computer) => [computer.id, computer]));
      const writes = new Map<ComputerId, Computer>();
      for (const row of open) marks.set(row.id, this.refreshed(row, run, byId, writes));
      const { written, lost, duplicates } = await this.computers.replaceMany([...writes.values()]);
      for (const computer of written) changed.set(computer.id, computer);
      // Of two that are renamed in one batch, the second may leave the name that the first waits for: one more look
      const refused = new Set(isFirstLook ? [] : duplicates);
      isFirstLook = false;
      const again = new Set(lost);
      for (const row of open)
        if (row.computer && refused.has(row.computer)) marks.set(row.id, nameTaken(row));
      return open
        .filter((row) => row.computer && again.has(row.computer) && !refused.has(row.computer))
        .map((row) => row.id);
    });
    const now = new Date();
    const events = rows.flatMap((row) => {
      const computer = row.computer && changed.get(row.computer);
      return computer && marks.get(row.id)?.outcome === 'changed'
        ? [importChangedEvent(computer, run, row, now)]
        : [];
    });
    return { marks: [...marks.values()], events };
  }

  /** What becomes of a `changed` row now; the computer to write goes into `writes`. */
  private refreshed(
    row: ImportRow,
    run: ImportRun,
    byId: Map<ComputerId, Computer>,
    writes: Map<ComputerId, Computer>,
  ): RowMark {
    const computer = row.computer && (writes.get(row.computer) ?? byId.get(row.computer));
    const say = (code: 'COMPUTER_GONE' | 'REGISTERED', key: TextKey, params: TextParams): ImportMessage[] => [
      ...row.messages,
      rowMessage(candidateOfRow(row), code, key, params),
    ];
    if (!computer) {
      const messages = say('COMPUTER_GONE', 'row.deletedSince', { name: row.hostName });
      return { id: row.id, computer: null, outcome: 'rejected', messages };
    }
    if (isRegistered(computer.state)) {
      const messages = say('REGISTERED', 'row.registeredSince', { name: computer.hostName });
      return { id: row.id, outcome: 'known', messages };
    }
    const fields = row.changes as readonly ImportChange[];
    writes.set(computer.id, applyRow(candidateOfRow(row), run.directory, computer, fields));
    return { id: row.id, outcome: 'changed' };
  }
}

/** Somebody else took the new name between the preview and the commit. */
function nameTaken(row: ImportRow): RowMark {
  const candidate = candidateOfRow(row);
  const taken = rowMessage(candidate, 'NAME_TAKEN', 'row.computerNameTaken', { name: nameKeyOf(candidate) });
  const messages = [...row.messages, taken];
  return { id: row.id, outcome: 'rejected', messages };
}

function isNew(row: ImportRow): row is NewRow {
  return row.verdict === 'new' && row.newComputer !== null && row.identity !== null;
}

/** What a policy leaves to a person is marked; what it has taken is not taken again with what it left. */
function sortByPolicy(
  batch: readonly ImportRow[],
  { takes }: ImportRun,
): { taken: readonly ImportRow[]; skipped: RowMark[] } {
  if (!takes) return { taken: batch, skipped: [] };
  const byItself = (row: ImportRow): boolean => takesRow('commit', row);
  if (takes === 'left') return { taken: batch.filter((row) => !byItself(row)), skipped: [] };
  const left = batch.filter((row) => !byItself(row));
  return { taken: batch.filter(byItself), skipped: left.map(({ id }) => ({ id, outcome: 'skipped' })) };
}

/** A DP may have been deleted since the preview; and rows without one may have been unwanted since. */
function sortByDp(
  batch: readonly ImportRow[],
  dps: DpIndex,
  needsDp: boolean,
): { takeable: ImportRow[]; refused: RowMark[] } {
  const takeable: ImportRow[] = [];
  const refused: RowMark[] = [];
  for (const row of batch) {
    if (row.verdict === 'changed' || (row.dp === null ? !needsDp : dps.has(row.dp))) {
      takeable.push(row);
      continue;
    }
    const why =
      row.dp === null
        ? rowMessage(candidateOfRow(row), 'NO_DP_CHOSEN', 'row.noDpRejected')
        : rowMessage(candidateOfRow(row), 'UNKNOWN_DP', 'row.dpDeletedSince', { dp: row.dp });
    const messages = [...row.messages, why];
    refused.push({ id: row.id, outcome: 'rejected', messages });
  }
  return { takeable, refused };
}

function afterBatch(run: ImportRun, marks: readonly RowMark[], line: number): ImportRun {
  const count = (outcome: RowOutcome): number =>
    (run.summary?.[outcome] ?? 0) + marks.filter((mark) => mark.outcome === outcome).length;
  const at = new Date();
  const done = run.progress.done + marks.length;
  const total = run.counts.new + run.counts.changed;
  return {
    ...run,
    storedLine: line,
    summary: {
      created: count('created'),
      changed: count('changed'),
      known: count('known'),
      rejected: count('rejected'),
      ...(run.takes && { skipped: count('skipped') }),
      at,
    },
    progress: {
      phase: 'committing',
      done,
      total,
      percent: total > 0 ? Math.min(99, Math.floor((done / total) * 100)) : 99,
      at,
    },
  };
}
