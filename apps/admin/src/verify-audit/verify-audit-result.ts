import { printable } from '#domain';
import type { StoredAuditRow, UnlinkedEntries } from '#persistence';
import type { ChainEnd, ChainFault, SignedRemoval } from '#sealing';

/** Removals and restores that are written out, the newest; `--json` has all. */
const SHOWN = 20;

/** What was found. */
export interface Result {
  faults: ChainFault[];
  /** Of all faults, those that are not told included. */
  count: number;
  end: ChainEnd;
  unlinked: UnlinkedEntries;
  newest: unknown;
  restores: Restore[];
}

/** A backup was restored: entries that there were behind `after` are not in this database. */
export interface Restore {
  /** Of the entry that says so; null: it has no link yet. */
  sequence: number | null;
  /** Of the last entry that had a link in the backup; null: the entry does not say. */
  after: number | null;
  at: string;
  backup: string;
  begunAt: string;
  by: string;
}

/** What an entry says of a restore; whoever wrote it, its form is not relied upon. */
export function restoreIn(row: StoredAuditRow, link: unknown): Restore {
  const { sequence } = (link ?? {}) as { sequence?: unknown };
  const data = (row['data'] ?? {}) as Readonly<Record<string, unknown>>;
  const who = (row['who'] ?? {}) as Readonly<Record<string, unknown>>;
  return {
    sequence: typeof sequence === 'number' ? sequence : null,
    after: typeof data['sequence'] === 'number' ? data['sequence'] : null,
    at: wordOf(row['at']),
    backup: wordOf(data['backup']),
    begunAt: wordOf(data['begunAt']),
    by: wordOf(who['name']),
  };
}

function wordOf(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'string' ? value : 'unknown';
}

/** What is wrong although the chain holds together: what never came into it, and what went without a trace. */
export function furtherFaults(
  { removals }: Pick<ChainEnd, 'removals'>,
  { late, foreign, restoredAt }: Pick<UnlinkedEntries, 'late' | 'foreign' | 'restoredAt'>,
  unarchived: boolean,
): ChainFault[] {
  const faults: ChainFault[] = [];
  const add = (kind: ChainFault['kind'], sequence: number | null, text: string) =>
    faults.push({ kind, sequence, entry: null, text });
  if (foreign > 0)
    add('unlinked', null, `${foreign} entries have an id that no server gives: they were put in`);
  // right after a restore servers get the time that they need: the text tells how many, and why they do not count
  if (late > 0 && restoredAt === null) {
    const text = `${late} entries have waited for their link for more than ten minutes: does a server run?`;
    add('unlinked', null, text);
  }
  if (unarchived) return faults;
  for (const { number, sequence, archive } of removals) {
    if (archive !== null) continue;
    const text = `entries up to ${sequence} were removed without an archive, as checkpoint ${number} says`;
    add('unarchived', sequence, `${text}; --unarchived takes that as intended`);
  }
  return faults;
}

/** What people read. Much of it is as stored, by whomever. */
export function textOf({ faults, count, end, unlinked, restores }: Result): string {
  const lines = faults.map(({ text }) => `  ${printable(text)}\n`);
  if (count > faults.length) lines.push(`  and ${count - faults.length} more\n`);
  const oldest = unlinked.oldest instanceof Date ? `, the oldest of ${unlinked.oldest.toISOString()}` : '';
  return [
    count === 0 ? 'the audit holds\n' : `the audit does not hold: ${count} findings\n`,
    ...lines,
    `  entries: ${end.rows}, up to sequence ${end.sequence}`,
    end.removed > 0 ? `; up to ${end.removed} were removed as a checkpoint says\n` : '\n',
    ...removalLines(end.removals),
    ...restoreLines(restores),
    `  checkpoints: ${end.checkpoints}; signed up to sequence ${end.signed}\n`,
    end.before > 0 ? `  ${end.before} entries are from before there was a chain\n` : '',
    unlinked.count > 0
      ? `  ${unlinked.count} entries wait for their link${oldest}: does a server run?\n`
      : '',
    unlinked.late > 0 && unlinked.restoredAt !== null
      ? `  ${unlinked.late} of them for more than ten minutes, which counts ten minutes after a restore only; the database says it was restored at ${unlinked.restoredAt.toISOString()}\n`
      : '',
  ].join('');
}

/** As JSON, which on a terminal steers nothing: JSON itself escapes no control characters behind the first 32. */
export function jsonOf(value: unknown, space?: number): string {
  const escaped = (character: string) => `\\u00${character.charCodeAt(0).toString(16)}`;
  return JSON.stringify(value, null, space).replaceAll(/[\u007f-\u009f]/g, escaped);
}

function removalLines(removals: readonly SignedRemoval[]): string[] {
  const shown = removals.slice(-SHOWN);
  const earlier = removals.length - shown.length;
  return [
    ...(earlier > 0 ? [`  ${earlier} earlier removals; --json has them\n`] : []),
    ...shown.map(({ number, sequence, at, archive }) => {
      const time = at instanceof Date ? at.toISOString() : at;
      const where = archive ? `${archive.file}, SHA-256 ${archive.sha256}` : 'no archive';
      return `  ${printable(`removed up to ${sequence}: ${time}, checkpoint ${number}, ${where}`)}\n`;
    }),
  ];
}

function restoreLines(restores: readonly Restore[]): string[] {
  const shown = restores.slice(-SHOWN);
  const earlier = restores.length - shown.length;
  return [
    ...(earlier > 0 ? [`  ${earlier} earlier restores; --json has them\n`] : []),
    ...shown.map(({ sequence, after, at, backup, begunAt, by }) => {
      const where = sequence === null ? 'its entry waits for its link' : `entry ${sequence}`;
      const text = `taken back to ${after ?? 'unknown'}: ${at}, ${where}, by ${by}, from ${backup} of ${begunAt}`;
      return `  ${printable(text)}\n`;
    }),
  ];
}
