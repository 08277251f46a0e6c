import type { ComputerId, DirectoryId, ImportRunId, RolloutId, TenantId } from '../base/ids.js';
import type { AssignedBy } from './chosen-dp.js';
import type { Directory } from './directory.js';
import { nextSyncAt, type DirectorySchedule } from './directory-schedule.js';
import type { ImportCounts, ImportRow } from './import-run.js';
import type { DirectoryCursor, DirectoryPolicy, SyncKind } from './import-sync.js';
import type { ImportFault } from './import-texts.js';

/** Rows left to a person of which a directory remembers that they have been shown. */
export const MOST_OPEN = 5_000;

/** What came of the runs of a schedule. */
export const SYNC_RESULTS = [
  'unchanged',
  'previewed',
  'confirm',
  'committed',
  'discarded',
  'failed',
] as const;
export type SyncResult = (typeof SYNC_RESULTS)[number];

/** One line of a directory's history; runs in a row that changed nothing share one. */
export interface SyncLine {
  result: SyncResult;
  /** When the first of them began, and the last one ended. */
  since: Date;
  at: Date;
  times: number;
  kind: SyncKind | null;
  /** The run that can be looked at; null when nothing is left of it. */
  run: ImportRunId | null;
  counts: Pick<ImportCounts, 'rows' | 'new' | 'changed' | 'rejected' | 'missing'>;
  /** Rows with warnings that were left to a person. */
  skipped: number;
  fault: ImportFault | null;
}

/** Lines that a directory keeps. */
export const MOST_SYNC_LINES = 50;

/** A computer that its directory no longer knows: shown, never deleted. */
export interface Leaver {
  computer: ComputerId;
  name: string;
  since: Date;
}

/** Releases that a directory's policy still owes: computers of these runs, so many an hour. */
export interface DirectoryReleases {
  runs: readonly ImportRunId[];
  /** When it goes on. */
  at: Date;
  /** Start of the hour that is counted, and how many were released in it. */
  hour: Date;
  used: number;
  /** Computers that could not be released at the last look, such as those that the directory has disabled. */
  refused: number;
  /** Rollouts that were made of them and have not ended; absent: none. */
  rollouts?: readonly RolloutId[];
}

/** Where a directory stands that is read by itself; beside it, so that no run changes the revision that people edit. */
export interface DirectorySync {
  id: DirectoryId;
  tenant: TenantId;
  /** Revision of the directory that this goes by. */
  follows: number;
  schedule: DirectorySchedule | null;
  /** What decides which objects are read, as one text: when it changes, the next run reads everything. */
  scope: string;
  /** When it is due; null: when somebody asks. */
  nextAt: Date | null;
  /** When servers have to look at it; null: never by itself. */
  wakeAt: Date | null;
  asked: { full: boolean; by: string } | null;
  run: { id: ImportRunId; full: boolean; at: Date; by: string } | null;
  /** The preview that waits for a person. */
  pending: ImportRunId | null;
  cursor: DirectoryCursor | null;
  /** When the last full pass began. */
  fullAt: Date | null;
  open: readonly string[];
  failures: number;
  leavers: readonly Leaver[];
  /** How many they are; `leavers` has the first 1,000. */
  left: number;
  releases: DirectoryReleases | null;
  /** Newest first. */
  lines: readonly SyncLine[];
  revision: number;
}

/**
 * Whether a policy takes a row by itself. A move is a fact that changes nothing of what the warning is about; a computer for
 * which nothing has chosen a DP is a decision.
 */
export function takesRow(
  policy: DirectoryPolicy,
  row: Pick<ImportRow, 'verdict' | 'messages'> & { assignedBy?: AssignedBy | null },
): boolean {
  if (policy === 'preview' || (row.verdict !== 'new' && row.verdict !== 'changed')) return false;
  if (row.verdict === 'new' && row.assignedBy?.by === 'none') return false;
  return row.messages.every(({ severity, code }) => severity === 'info' || code === 'MOVED');
}

/**
 * What a row left to a person looks like, as a text that is the same as long as there is nothing new to it. `digest`
 * makes it short. Rejected rows are told from those that can be taken: taking a preview settles the latter.
 */
export function openMark(row: ImportRow, digest: (text: string) => string): string {
  const { lastLogon: _, ...inventory } = row.inventory;
  const { identity, name, fqdn, dp, changes, verdict, raw } = row;
  const said = row.messages.map(({ code }) => code);
  const mark = digest(JSON.stringify([identity, name, fqdn, dp, changes, verdict, raw, inventory, said]));
  return `${verdict === 'rejected' ? 'r' : 'o'}:${mark}`;
}

/** As {@link openMark}, of a computer that is missing. */
export function leaverMark(computer: ComputerId): string {
  return `r:${computer}`;
}

/** What decides which objects of a directory are read, and as what. */
function scopeOf(directory: Directory): string {
  const { url, bases, filter, options = {}, dp = null, policy = 'preview' } = directory;
  return JSON.stringify([url, bases, filter, options, dp, policy]);
}

/** The state of a directory that nobody has synced yet, whether it is kept or only shown. */
export function newDirectorySync(directory: Directory, now: Date): DirectorySync {
  const schedule = directory.schedule ?? null;
  return awake(
    {
      id: directory.id,
      tenant: directory.tenant,
      follows: directory.revision,
      schedule,
      scope: scopeOf(directory),
      nextAt: schedule && firstAt(schedule, now),
      wakeAt: null,
      asked: null,
      run: null,
      pending: null,
      cursor: null,
      fullAt: null,
      open: [],
      failures: 0,
      leavers: [],
      left: 0,
      releases: null,
      lines: [],
      revision: 0,
    },
    now,
  );
}

/** A directory's state before its first run, or after its settings have changed. Null: nothing to change. */
export function alignSync(directory: Directory, sync: DirectorySync | null, now: Date): DirectorySync | null {
  if (!sync) return newDirectorySync(directory, now);
  const schedule = directory.schedule ?? null;
  const scope = scopeOf(directory);
  if (sync.follows === directory.revision) return null;
  const isOther = JSON.stringify(sync.schedule) !== JSON.stringify(schedule);
  // whoever has changed something wants to see whether it works now
  const retries = schedule !== null && sync.failures > 0;
  return awake(
    {
      ...sync,
      follows: directory.revision,
      schedule,
      scope,
      nextAt: retries ? now : isOther ? schedule && firstAt(schedule, now) : sync.nextAt,
      ...(scope === sync.scope ? {} : { cursor: null, open: [] }),
      releases: (directory.policy ?? 'preview') === 'release' ? sync.releases : null,
    },
    now,
  );
}

/** Every so many minutes begins at once; times of day wait for theirs. */
function firstAt(schedule: DirectorySchedule, now: Date): Date {
  return 'every' in schedule ? now : nextSyncAt(schedule, now, now);
}

/** Somebody wants it read now; with a run under way, once more after it. */
export function askSync(sync: DirectorySync, full: boolean, by: string, now: Date): DirectorySync {
  return awake({ ...sync, asked: { full: full || (sync.asked?.full ?? false), by } }, now);
}

/** Between two looks at a run that is under way, in milliseconds. */
const LOOK_MS = 1_000;

/** The state with the time at which it has to be looked at. */
export function awake(sync: DirectorySync, now: Date): DirectorySync {
  if (sync.run) return { ...sync, wakeAt: new Date(now.getTime() + LOOK_MS) };
  if (sync.asked) return { ...sync, wakeAt: now };
  const times = [sync.nextAt, sync.releases?.at ?? null].flatMap((at) => at?.getTime() ?? []);
  return { ...sync, wakeAt: times.length === 0 ? null : new Date(Math.min(...times)) };
}
