import { Injectable } from '@nestjs/common';
import type { Entry, Filter } from 'ldapts';
import {
  dropsMany,
  identityByGuid,
  importMessage,
  importPreviewed,
  NO_COUNTS,
  noRows,
  tallied,
  type Assignment,
  type ComputerId,
  type Directory,
  type DirectoryCursor,
  type ImportMessage,
  type ImportRun,
  type MissingComputer,
} from '#domain';
import {
  ComputerRepository,
  DirectoryRepository,
  DirectorySyncRepository,
  ImportRowRepository,
} from '#persistence';
import { BindPasswords } from '../directory/bind-passwords.js';
import { clusterNames } from '../directory/cluster-names.js';
import {
  changedSince,
  COMPUTER_ATTRIBUTES,
  COMPUTER_BINARY,
  computerFilter,
  isController,
  readComputerEntry,
  type Exclusion,
} from '../directory/computer-entries.js';
import { DirectorySession } from '../directory/directory-session.js';
import { dnsRemarks } from '../directory/dns-names.js';
import { bytesOf, guidOf, sameDn } from '../directory/directory-values.js';
import { domainsOf, GroupMembers } from '../directory/group-members.js';
import { RuleGroups } from '../directory/rule-groups.js';
import { importerEnv } from '../config/importer-env.js';
import { ImportFailure } from '../runs/import-failure.js';
import { batchesOf } from '../runs/batches.js';
import { AssignmentSource } from '../staging/assignment-source.js';
import { KnownLookup } from '../staging/known-lookup.js';
import type { RunProgress } from '../runs/run-progress.js';
import { SeenRows } from '../staging/seen-rows.js';
import { countRows, runMessages, stageRows } from '../staging/staging.js';
import { SyncReading } from './sync-reading.js';

/** Times that a read begins anew after the connection to the directory was lost. */
const TRIES = 3;

/** Missing computers that a run shows by name. */
const MOST_MISSING = 1_000;
/** Known computers read at a time. */
const KNOWN_BATCH = 1_000;

/** What has been found so far. */
interface Found {
  /** Identities of all objects, imported or not. */
  identities: Set<string>;
  controllers: number;
}

/**
 * Reads a directory into staged rows. Pages of a search cannot be gone on with over another connection, and their order
 * is the server's own: after a crash, or when the connection is lost, everything is read anew.
 */
@Injectable()
export class AdReader {
  constructor(
    private readonly directories: DirectoryRepository,
    private readonly rows: ImportRowRepository,
    private readonly computers: ComputerRepository,
    private readonly source: AssignmentSource,
    private readonly syncs: DirectorySyncRepository,
    private readonly passwords: BindPasswords,
  ) {}

  /** @throws ImportFailure, RunLostError, Stopping */
  async read(progress: RunProgress): Promise<void> {
    const { tenant, directory: id } = progress.run;
    const directory = id && (await this.directories.findById([tenant], id));
    if (!directory) throw new ImportFailure('DIRECTORY_GONE', 'directory.deleted');
    const password = await this.passwords.open(directory);
    for (let attempt = 1; ; attempt += 1) {
      const session = await DirectorySession.open(directory, password, importerEnv().DIRECTORY_HOSTS);
      try {
        await this.readFrom(session, directory, progress);
        return;
      } catch (error) {
        const lost = error instanceof ImportFailure && error.fault.code === 'CONNECTION_LOST';
        if (!lost || attempt === TRIES) throw error;
      } finally {
        await session.close();
      }
    }
  }

  private async readFrom(
    session: DirectorySession,
    directory: Directory,
    progress: RunProgress,
  ): Promise<void> {
    const { run } = progress;
    const { MAX_IMPORT_ROWS: maxRows } = importerEnv();
    await this.rows.deleteOfRun(run.id);
    await progress.save({ ...run, counts: NO_COUNTS, storedLine: 0, missing: [], knownBefore: null });

    const { assignment, rules, facts } = await this.source.ofDirectory(run);
    await progress.save({ ...progress.run, assignment: noRows(assignment, facts) });
    const bases = run.options.bases ?? directory.bases;
    const shown = run.sync && (await this.syncs.findById([run.tenant], directory.id))?.open;
    const sync = run.sync ? await SyncReading.begin(session, run.sync, shown ?? []) : null;
    const since = sync?.since ?? null;
    const exclusion = await exclusionOf(session, run, bases, since);
    const groups = await RuleGroups.of(rules, session, bases);
    const seen = new SeenRows();
    const lookup = new KnownLookup(this.computers, run.tenant);
    const found: Found = { identities: new Set(), controllers: 0 };
    const filter = changedSince(computerFilter(directory.filter, run.options.filter), since);
    for await (const batch of batchesOf(computersOf(session, filter, bases, found))) {
      const first = progress.run.storedLine + 1;
      const remarks = await dnsRemarks(batch, session, domainsOf(bases));
      const read = batch.map((entry, index) =>
        groups.noteOn(readComputerEntry(entry, first + index, exclusion, remarks), entry),
      );
      const known = await lookup.of(read.flatMap((row) => (row.ok ? [row.candidate] : [])));
      const { rows, chosen } = stageRows(read, run, assignment, known, seen);
      const counts = countRows(progress.run.counts, rows);
      if (counts.rows > maxRows) {
        throw new ImportFailure('TOO_MANY_ROWS', 'directory.tooMany', { most: maxRows });
      }
      await this.rows.storeNew(sync ? sync.worthStoring(rows) : rows);
      await progress.save({
        ...progress.run,
        counts,
        assignment: tallied(progress.run.assignment ?? noRows(assignment, facts), chosen),
        storedLine: first + batch.length - 1,
        progress: { phase: 'reading', done: counts.rows, total: null, percent: null, at: new Date() },
      });
    }
    // Of an importer that has lost this run and was still storing its last batch
    await this.rows.deleteOfRun(run.id, progress.run.storedLine);
    await this.finish(progress, directory, found, assignment, sync);
  }

  private async finish(
    progress: RunProgress,
    directory: Directory,
    found: Found,
    assignment: Assignment,
    sync: SyncReading | null,
  ): Promise<void> {
    const { run } = progress;
    const looked =
      coversAll(run, directory) && !sync?.since
        ? await this.missingOf(run, directory, found.identities)
        : { missing: [], missed: 0, knownBefore: null };
    const { missing, missed, knownBefore } = looked;
    const counts = { ...run.counts, missing: missed };
    const messages = [
      ...runMessages({ ...run, counts }, assignment),
      ...foundMessages(found.controllers),
      ...missingMessages({ counts, knownBefore }),
      ...(sync?.messages(counts) ?? []),
    ];
    const told = sync?.outcome(missing);
    if (told?.quiet) await this.rows.deleteOfRun(run.id);
    const previewed = {
      ...run,
      ...(told && { sync: told }),
      counts,
      missing,
      knownBefore,
      messages,
      storedLine: told?.quiet ? 0 : run.storedLine,
    };
    await progress.finish(importPreviewed(previewed, new Date()));
  }

  /** Computers known from this directory that are no longer there. Those that are retired are not missed. */
  private async missingOf(
    { tenant }: ImportRun,
    directory: Directory,
    identities: ReadonlySet<string>,
  ): Promise<{ missing: MissingComputer[]; missed: number; knownBefore: number }> {
    const missing: MissingComputer[] = [];
    let missed = 0;
    let knownBefore = 0;
    let after: ComputerId | null = null;
    for (;;) {
      const known = await this.computers.ofDirectory(tenant, directory.id, after, KNOWN_BATCH);
      for (const { id, hostName: name, identity, state } of known) {
        if (state === 'retired') continue;
        knownBefore += 1;
        if (identities.has(identity)) continue;
        missed += 1;
        if (missing.length < MOST_MISSING) missing.push({ computer: id, name });
      }
      if (known.length < KNOWN_BATCH) return { missing, missed, knownBefore };
      after = known.at(-1)?.id ?? null;
    }
  }
}

/** Every computer once, although bases may lie within each other. */
async function* computersOf(
  session: DirectorySession,
  filter: Filter,
  bases: readonly string[],
  found: Found,
): AsyncGenerator<Entry> {
  for (const base of bases) {
    const search = { base, filter, attributes: COMPUTER_ATTRIBUTES, binary: COMPUTER_BINARY };
    for await (const page of session.pages(search)) {
      for (const entry of page) {
        const guid = guidOf(bytesOf(entry['objectGUID']));
        const identity = guid === null ? `dn:${sameDn(entry.dn)}` : identityByGuid(guid);
        if (found.identities.has(identity)) continue;
        found.identities.add(identity);
        if (isController(entry)) found.controllers += 1;
        else yield entry;
      }
    }
  }
}

async function exclusionOf(
  session: DirectorySession,
  { options }: ImportRun,
  bases: readonly string[],
  since: DirectoryCursor | null,
): Promise<Exclusion> {
  const { includeGroups = [], excludeGroups = [], nested = true } = options;
  const members = (groups: readonly string[]): Promise<GroupMembers> =>
    GroupMembers.of(groups, nested, session, domainsOf([...groups, ...bases]));
  return {
    options,
    include: includeGroups.length > 0 ? await members(includeGroups) : null,
    exclude: excludeGroups.length > 0 ? await members(excludeGroups) : null,
    clusterNames: await clusterNames(session, bases, since),
    now: new Date(),
  };
}

/** Only what was looked at everywhere can be missing: groups and the like leave rows out, but they are seen. */
function coversAll({ options }: ImportRun, directory: Directory): boolean {
  const { bases, filter } = options;
  if (filter?.trim()) return false;
  const wanted = new Set((bases ?? directory.bases).map(sameDn));
  return directory.bases.every((base) => wanted.has(sameDn(base)));
}

function foundMessages(controllers: number): ImportMessage[] {
  if (controllers === 0) return [];
  return [importMessage('FILTERED', 'run.controllers', { count: controllers })];
}

function missingMessages(run: Pick<ImportRun, 'counts' | 'knownBefore'>): ImportMessage[] {
  const { counts, knownBefore } = run;
  if (counts.missing === 0) return [];
  const key = dropsMany(run) ? 'run.missingConfirm' : 'run.missing';
  return [importMessage('MISSING', key, { missing: counts.missing, known: knownBefore ?? 0 })];
}
