import { Injectable } from '@nestjs/common';
import type { Entry } from 'ldapts';
import {
  dropsMany,
  identityByGuid,
  importMessage,
  importPreviewed,
  NO_COUNTS,
  type ComputerId,
  type Directory,
  type ImportMessage,
  type ImportRun,
  type MissingComputer,
  type RunRules,
} from '#domain';
import { ComputerRepository, DirectoryRepository, ImportRowRepository } from '#persistence';
import { BindPasswords } from '../directory/bind-passwords.js';
import {
  COMPUTER_ATTRIBUTES,
  COMPUTER_BINARY,
  computerFilter,
  isController,
  readComputerEntry,
  type Exclusion,
} from '../directory/computer-entries.js';
import { DirectorySession } from '../directory/directory-session.js';
import { bytesOf, guidOf, sameDn } from '../directory/directory-values.js';
import { domainsOf, GroupMembers } from '../directory/group-members.js';
import { importerEnv } from '../config/importer-env.js';
import { ImportFailure } from '../runs/import-failure.js';
import { batchesOf } from '../runs/batches.js';
import { DpLookup } from '../staging/dp-lookup.js';
import { KnownLookup } from '../staging/known-lookup.js';
import type { RunProgress } from '../runs/run-progress.js';
import { SeenRows } from '../staging/seen-rows.js';
import { countRows, runMessages, stageRows } from '../staging/staging.js';

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
    private readonly dps: DpLookup,
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

    const rules: RunRules = {
      dp: run.dp,
      dpFromRow: false,
      dps: await this.dps.idsFor(run.tenant),
      directory: directory.id,
    };
    const bases = run.options.bases ?? directory.bases;
    const exclusion = await exclusionOf(session, run, bases);
    const seen = new SeenRows();
    const lookup = new KnownLookup(this.computers, run.tenant);
    const found: Found = { identities: new Set(), controllers: 0 };
    for await (const batch of batchesOf(computersOf(session, directory, run, bases, found))) {
      const first = progress.run.storedLine + 1;
      const read = batch.map((entry, index) => readComputerEntry(entry, first + index, exclusion));
      const known = await lookup.of(read.flatMap((row) => (row.ok ? [row.candidate] : [])));
      const staged = stageRows(read, run, rules, known, seen);
      const counts = countRows(progress.run.counts, staged);
      if (counts.rows > maxRows) {
        throw new ImportFailure('TOO_MANY_ROWS', 'directory.tooMany', { most: maxRows });
      }
      await this.rows.storeNew(staged);
      await progress.save({
        ...progress.run,
        counts,
        storedLine: first + batch.length - 1,
        progress: { phase: 'reading', done: counts.rows, total: null, percent: null, at: new Date() },
      });
    }
    // Of an importer that has lost this run and was still storing its last batch
    await this.rows.deleteOfRun(run.id, progress.run.storedLine);
    await this.finish(progress, directory, found);
  }

  private async finish(progress: RunProgress, directory: Directory, found: Found): Promise<void> {
    const { run } = progress;
    const looked = coversAll(run, directory)
      ? await this.missingOf(run, directory, found.identities)
      : { missing: [], missed: 0, knownBefore: null };
    const { missing, missed, knownBefore } = looked;
    const counts = { ...run.counts, missing: missed };
    const messages = [
      ...runMessages(counts),
      ...foundMessages(found.controllers),
      ...missingMessages({ counts, knownBefore }),
    ];
    await progress.finish(importPreviewed({ ...run, counts, missing, knownBefore, messages }, new Date()));
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
      for (const { id, name, identity, state } of known) {
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
  directory: Directory,
  { options }: ImportRun,
  bases: readonly string[],
  found: Found,
): AsyncGenerator<Entry> {
  const filter = computerFilter(directory.filter, options.filter);
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
): Promise<Exclusion> {
  const { includeGroups = [], excludeGroups = [], nested = true } = options;
  const members = (groups: readonly string[]): Promise<GroupMembers> =>
    GroupMembers.of(groups, nested, session, domainsOf([...groups, ...bases]));
  return {
    options,
    include: includeGroups.length > 0 ? await members(includeGroups) : null,
    exclude: excludeGroups.length > 0 ? await members(excludeGroups) : null,
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
