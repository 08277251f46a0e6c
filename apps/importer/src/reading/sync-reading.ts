import { createHash } from 'node:crypto';
import {
  importMessage,
  leaverMark,
  MOST_OPEN,
  openMark,
  takesRow,
  type DirectoryCursor,
  type ImportCounts,
  type ImportMessage,
  type ImportRow,
  type ImportSync,
  type MissingComputer,
} from '#domain';
import { cursorOf, goesOn } from '../directory/directory-cursor.js';
import type { DirectorySession } from '../directory/directory-session.js';

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 16);

/**
 * A directory read by its schedule: what has changed where that can be told, and otherwise all of it. Keeps only rows that
 * somebody has to see or the policy takes; a directory of 100,000 known computers writes none.
 */
export class SyncReading {
  private readonly shown: ReadonlySet<string>;
  private readonly open = new Set<string>();
  private hasNews = false;

  private constructor(
    private readonly sync: ImportSync,
    private readonly cursor: DirectoryCursor | null,
    /** What has changed since is read; null: everything. */
    readonly since: DirectoryCursor | null,
    shown: readonly string[],
  ) {
    this.shown = new Set(shown);
  }

  /** @param shown marks of what a person has been shown already */
  static async begin(
    session: DirectorySession,
    sync: ImportSync,
    shown: readonly string[],
  ): Promise<SyncReading> {
    const now = await cursorOf(session);
    const { cursor } = sync;
    return new SyncReading(sync, now, cursor !== null && goesOn(cursor, now) ? cursor : null, shown);
  }

  /** The rows of a batch that are kept. */
  worthStoring(rows: readonly ImportRow[]): ImportRow[] {
    const kept = rows.filter(({ verdict }) => verdict !== 'known' && verdict !== 'excluded');
    for (const row of kept) {
      if (takesRow(this.sync.policy, row)) this.hasNews = true;
      else this.note(openMark(row, digest));
    }
    return kept;
  }

  messages(counts: ImportCounts): ImportMessage[] {
    const count = counts.known + counts.excluded;
    return count === 0 ? [] : [importMessage('FILTERED', 'run.onlyCounted', { count })];
  }

  /** What the run tells of its reading. @param missing computers that are no longer in the directory */
  outcome(missing: readonly MissingComputer[]): ImportSync {
    for (const { computer } of missing) this.note(leaverMark(computer));
    return {
      ...this.sync,
      quiet: !this.hasNews,
      found: { kind: this.since ? 'delta' : 'full', cursor: this.cursor, open: [...this.open] },
    };
  }

  private note(mark: string): void {
    if (!this.shown.has(mark)) this.hasNews = true;
    if (this.open.size < MOST_OPEN) this.open.add(mark);
  }
}
