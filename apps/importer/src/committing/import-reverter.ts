import { Injectable } from '@nestjs/common';
import {
  importUndone,
  importUndoneEvent,
  keptReason,
  type Computer,
  type ImportRun,
  type ImportUndo,
  type KeptReason,
} from '#domain';
import { ChangePublisher } from '#messaging';
import { ComputerRepository, ImportRowRepository, retryWhenBeaten, TimelineRepository } from '#persistence';
import { batchesOf } from '../runs/batches.js';
import type { RunProgress } from '../runs/run-progress.js';

/** Computers that are kept and shown by name. */
const EXAMPLES = 100;
/** Deletions under way at once. */
const CONCURRENCY = 50;

type Fate = { kind: 'deleted' | 'gone' } | { kind: 'kept'; computer: Computer; reason: KeptReason };

/** Takes a committed import back: deletes the computers that it made and nobody has released. */
@Injectable()
export class ImportReverter {
  constructor(
    private readonly rows: ImportRowRepository,
    private readonly computers: ComputerRepository,
    private readonly timeline: TimelineRepository,
    private readonly changes: ChangePublisher,
  ) {}

  /** @throws RunLostError, Stopping */
  async undo(progress: RunProgress): Promise<void> {
    const { run } = progress;
    for await (const batch of batchesOf(this.rows.stream(run.id, ['new'], run.storedLine))) {
      const lastLine = batch.at(-1)?.line ?? run.storedLine;
      const ids = batch.flatMap((row) => (row.outcome === 'created' && row.computer ? [row.computer] : []));
      const found = await this.computers.findByIds([run.tenant], ids);
      const fates: Fate[] = Array.from({ length: ids.length - found.length }, () => ({ kind: 'gone' }));
      for (let at = 0; at < found.length; at += CONCURRENCY) {
        const part = found.slice(at, at + CONCURRENCY);
        fates.push(...(await Promise.all(part.map((computer) => this.remove(computer, run)))));
      }
      await progress.save(afterBatch(progress.run, fates, lastLine));
    }
    await progress.finish(importUndone(progress.run, new Date()));
    this.changes.publish({ v: 1, topic: 'computer', id: run.id, tenant: run.tenant });
  }

  /** @throws OptimisticLockError when others keep changing it */
  private remove(first: Computer, run: ImportRun): Promise<Fate> {
    let computer: Computer | null = first;
    return retryWhenBeaten<Fate>(`computer ${first.id}`, async () => {
      if (!computer) return { kind: 'gone' };
      const reason = keptReason(computer);
      if (reason) return { kind: 'kept', computer, reason };
      if (await this.computers.remove(computer.id, computer.revision)) {
        await this.timeline.append([importUndoneEvent(computer, run, new Date())]);
        return { kind: 'deleted' };
      }
      computer = await this.computers.findById([run.tenant], computer.id);
      return undefined;
    });
  }
}

function afterBatch(run: ImportRun, fates: readonly Fate[], line: number): ImportRun {
  const { undo } = run;
  if (!undo) return run;
  const kept = fates.flatMap((fate) => (fate.kind === 'kept' ? [fate] : []));
  const because = (reason: KeptReason): number =>
    undo.reasons[reason] + kept.filter((fate) => fate.reason === reason).length;
  const next: ImportUndo = {
    ...undo,
    deleted: undo.deleted + fates.filter((fate) => fate.kind === 'deleted').length,
    gone: undo.gone + fates.filter((fate) => fate.kind === 'gone').length,
    kept: undo.kept + kept.length,
    reasons: { released: because('released'), registered: because('registered') },
    examples: [
      ...undo.examples,
      ...kept.map(({ computer, reason }) => ({ computer: computer.id, name: computer.hostName, reason })),
    ].slice(0, EXAMPLES),
  };
  const done = run.progress.done + fates.length;
  const total = run.summary?.created ?? done;
  return {
    ...run,
    undo: next,
    storedLine: line,
    progress: {
      phase: 'undoing',
      done,
      total,
      percent: total > 0 ? Math.min(99, Math.floor((done / total) * 100)) : 99,
      at: new Date(),
    },
  };
}
