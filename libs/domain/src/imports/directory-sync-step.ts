import type { ImportRunId } from '../base/ids.js';
import type { Directory } from './directory.js';
import { nextSyncAt } from './directory-schedule.js';
import {
  awake,
  MOST_OPEN,
  MOST_SYNC_LINES,
  type DirectoryReleases,
  type DirectorySync,
  type Leaver,
  type SyncLine,
  type SyncResult,
} from './directory-sync.js';
import type { ImportRun } from './import-run.js';
import type { ImportFaultCode } from './import-texts.js';
import { needsConfirmDrop, type NewImportRun } from './import-transition.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** A full pass is due when the last one began longer ago: a day, less what a daily time may come early. */
const FULL_EVERY_MS = 23 * HOUR_MS;

/**
 * A run is to begin: the state that names it, which is written before the run itself, so that of several servers one makes
 * it, and a run whose server died before it was made is made by another. Null: nothing is due.
 */
export function beginSync(sync: DirectorySync, id: ImportRunId, now: Date): DirectorySync | null {
  const { schedule, nextAt, asked, fullAt, cursor } = sync;
  const isDue = nextAt !== null && nextAt <= now;
  if (sync.run || (!isDue && !asked)) return null;
  const full =
    asked?.full === true ||
    cursor === null ||
    fullAt === null ||
    now.getTime() - fullAt.getTime() >= FULL_EVERY_MS;
  return awake(
    {
      ...sync,
      run: { id, full, at: now, by: asked?.by ?? '' },
      asked: null,
      nextAt: isDue ? schedule && nextSyncAt(schedule, nextAt, now) : nextAt,
    },
    now,
  );
}

/** The run that a state names. */
export function syncRun(directory: Directory, sync: DirectorySync): NewImportRun | null {
  if (!sync.run) return null;
  return {
    id: sync.run.id,
    tenant: directory.tenant,
    source: 'ad',
    dp: directory.dp ?? null,
    file: null,
    directory: directory.id,
    options: directory.options ?? {},
    requestedBy: sync.run.by || directory.name,
    sync: {
      policy: directory.policy ?? 'preview',
      cursor: sync.run.full ? null : sync.cursor,
      quiet: true,
      found: null,
    },
  };
}

/** What a server does with the run of a directory. */
export type SyncStep =
  /** The importers are at it. */
  | { kind: 'wait' }
  /** The policy takes what it may. */
  | { kind: 'commit' }
  | {
      kind: 'end';
      sync: DirectorySync;
      /** A preview that this one stands in the place of. */
      discard: ImportRunId | null;
      /** Nothing of the run is worth keeping. */
      forget: boolean;
    };

/** Looks at the run of a directory and says what follows. */
export function syncStep(sync: DirectorySync, run: ImportRun, now: Date): SyncStep {
  switch (run.state) {
    case 'queued':
    case 'reading':
    case 'committing':
      return { kind: 'wait' };
    case 'failed':
      return ended(sync, run, 'failed', now);
    case 'discarded':
      return ended(sync, run, 'discarded', now);
    case 'committed':
    case 'undone':
      return ended(sync, run, 'committed', now);
    case 'previewed':
      if (run.sync?.quiet) return ended(sync, run, 'unchanged', now);
      if (run.sync?.policy === 'preview') return ended(sync, run, 'previewed', now);
      return needsConfirmDrop(run) ? ended(sync, run, 'confirm', now) : { kind: 'commit' };
  }
}

function ended(sync: DirectorySync, run: ImportRun, result: SyncResult, now: Date): SyncStep {
  const found = run.sync?.found ?? null;
  const waits = result === 'previewed' || result === 'confirm';
  const isQuiet = result === 'unchanged' || result === 'failed';
  const line: SyncLine = {
    result,
    since: sync.run?.at ?? now,
    at: now,
    times: 1,
    kind: found?.kind ?? null,
    run: isQuiet ? null : run.id,
    counts: {
      rows: run.counts.rows,
      new: run.counts.new,
      changed: run.counts.changed,
      rejected: run.counts.rejected,
      missing: run.counts.missing,
    },
    skipped: run.summary?.skipped ?? 0,
    fault: run.fault,
  };
  const next: DirectorySync = {
    ...sync,
    run: null,
    lines: withLine(sync.lines, line),
    ...(result === 'failed' ? failed(sync, run, now) : succeeded(sync, run, now)),
    pending: waits ? run.id : isQuiet ? sync.pending : null,
    // what waits for a person has not been taken in: the next preview is to have it as well
    ...(waits || result === 'failed' || (result === 'unchanged' && sync.pending) || !found
      ? {}
      : { cursor: found.cursor }),
    releases: result === 'committed' ? owed(sync.releases, run, now) : sync.releases,
  };
  const discard = !isQuiet && sync.pending !== run.id ? sync.pending : null;
  return { kind: 'end', sync: awake(next, now), discard, forget: isQuiet };
}

function succeeded(sync: DirectorySync, run: ImportRun, now: Date): Partial<DirectorySync> {
  const found = run.sync?.found;
  if (!found) return { failures: 0 };
  if (found.kind === 'delta') {
    const open = [...new Set([...sync.open, ...found.open])].slice(-MOST_OPEN);
    return { failures: 0, open };
  }
  const since = new Map(sync.leavers.map((leaver) => [leaver.computer, leaver.since]));
  const leavers: Leaver[] = run.missing.map(({ computer, name }) => ({
    computer,
    name,
    since: since.get(computer) ?? now,
  }));
  return {
    failures: 0,
    open: found.open,
    fullAt: sync.run?.at ?? now,
    ...(run.knownBefore === null ? {} : { leavers, left: run.counts.missing }),
  };
}

/** Tried again and again these lock the account, and no try mends them. */
const OF_ACCOUNT = /^(?:BIND_|PASSWORD_UNREADABLE|EMPTY_PASSWORD)/;

function failed(sync: DirectorySync, run: ImportRun, now: Date): Partial<DirectorySync> {
  const failures = sync.failures + 1;
  if (!sync.schedule) return { failures };
  return { failures, nextAt: new Date(now.getTime() + backoffMs(failures, run.fault?.code ?? 'INTERNAL')) };
}

/** Milliseconds until a directory that failed is tried again: longer each time, and longer where the account is refused. */
export function backoffMs(failures: number, code: ImportFaultCode): number {
  const [first, most] = OF_ACCOUNT.test(code) ? [HOUR_MS, 24 * HOUR_MS] : [MINUTE_MS, HOUR_MS];
  return Math.min(first * 2 ** Math.min(failures - 1, 20), most);
}

/** Runs in a row that changed nothing, or failed for the same reason, share a line. */
function withLine(lines: readonly SyncLine[], line: SyncLine): SyncLine[] {
  const [last, ...older] = lines;
  const isSame =
    last?.result === line.result &&
    (line.result === 'unchanged' || line.result === 'failed') &&
    last.fault?.code === line.fault?.code;
  const next =
    last && isSame ? [{ ...line, since: last.since, times: last.times + 1 }, ...older] : [line, ...lines];
  return next.slice(0, MOST_SYNC_LINES);
}

/** The preview that waited has been dealt with by a person: what it had is taken in. */
export function pendingSettled(sync: DirectorySync, pending: ImportRun | null): DirectorySync {
  const isOpen = pending?.state === 'previewed' || pending?.state === 'committing';
  if (isOpen || sync.pending === null) return sync;
  const cursor = pending?.sync?.found?.cursor ?? sync.cursor;
  const isTaken = pending?.state === 'committed' || pending?.state === 'undone';
  // taken rows are known by now: should one come anew, it is news
  const open = isTaken ? sync.open.filter((mark) => mark.startsWith('r:')) : sync.open;
  return { ...sync, pending: null, cursor, open };
}

function owed(before: DirectoryReleases | null, run: ImportRun, now: Date): DirectoryReleases | null {
  if (run.sync?.policy !== 'release' || run.state !== 'committed' || !run.summary?.created) return before;
  const runs = before?.runs ?? [];
  if (runs.includes(run.id)) return before;
  const none = { hour: now, used: 0, refused: 0 };
  // a rollout may be in the making: see DirectoryReleases
  const at = before?.rollouts?.length ? before.at : now;
  return { ...none, ...before, runs: [...runs, run.id], at };
}

/** How many may be released now, and the state in which they are counted; null: none before `at`. */
export function reserveReleases(
  releases: DirectoryReleases,
  perHour: number,
  wanted: number,
  now: Date,
): { count: number; releases: DirectoryReleases } {
  const isOver = now.getTime() - releases.hour.getTime() >= HOUR_MS;
  const hour = isOver ? now : releases.hour;
  const used = isOver ? 0 : releases.used;
  const count = Math.max(0, Math.min(wanted, perHour - used));
  const at = count > 0 ? now : new Date(hour.getTime() + HOUR_MS);
  return { count, releases: { ...releases, hour, used: used + count, at } };
}
