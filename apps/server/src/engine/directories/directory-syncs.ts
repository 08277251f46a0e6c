import { Injectable, Logger } from '@nestjs/common';
import {
  alignSync,
  askImportCommit,
  askImportDiscard,
  askSync,
  awake,
  beginSync,
  newImportRun,
  pendingSettled,
  syncRun,
  syncStep,
  type Directory,
  type DirectorySync,
  type ImportOutcome,
  type ImportRun,
  type ImportRunId,
} from '#domain';
import {
  DirectoryRepository,
  DirectorySyncRepository,
  ImportRunRepository,
  retryWhenBeaten,
} from '#persistence';
import { currentTime, newId } from '#runtime';
import { ChangeFeed } from '../../platform/events/change-feed.js';
import { DirectoryReleases } from './directory-releases.js';
import { ImportCommands } from './import-commands.js';

/** Directories looked at in one go. */
const BATCH = 50;

/**
 * Directories that are read by themselves. Each step is a guarded write of the directory's state and then what follows
 * from it, which whoever comes next does again when it is missing: any number of servers may do this, and a run that is
 * due is made once.
 */
@Injectable()
export class DirectorySyncs {
  private readonly log = new Logger(DirectorySyncs.name);

  constructor(
    private readonly directories: DirectoryRepository,
    private readonly syncs: DirectorySyncRepository,
    private readonly runs: ImportRunRepository,
    private readonly commands: ImportCommands,
    private readonly releases: DirectoryReleases,
    private readonly feed: ChangeFeed,
  ) {}

  /** Makes the state of a directory go by its settings; without a schedule it needs none. */
  async align(directory: Directory): Promise<void> {
    const needed = directory.schedule ?? (await this.syncs.findById('all', directory.id));
    if (needed) await this.aligned(directory);
  }

  private async aligned(directory: Directory): Promise<DirectorySync> {
    return await retryWhenBeaten(`directory ${directory.id}`, async () => {
      const before = await this.syncs.findById('all', directory.id);
      const next = alignSync(directory, before, currentTime());
      if (!next) return before ?? undefined;
      if (before) return (await this.syncs.replace(next)) ?? undefined;
      return (await this.syncs.insert(next)) ? next : undefined;
    });
  }

  /** Somebody wants it read now. */
  async ask(directory: Directory, full: boolean, by: string): Promise<DirectorySync> {
    await this.aligned(directory);
    const asked = await retryWhenBeaten(`directory ${directory.id}`, async () => {
      const sync = await this.syncs.findById('all', directory.id);
      return sync
        ? ((await this.syncs.replace(askSync(sync, full, by, currentTime()))) ?? undefined)
        : undefined;
    });
    return (await this.step(asked)) ?? asked;
  }

  /** Directories whose settings were changed by a server that died over it, or by one of an earlier version. */
  async alignAll(): Promise<void> {
    // in this order: of a directory that is made in between, the state would seem to belong to none
    const syncs = await this.syncs.list('all');
    const directories = await this.directories.list('all');
    const known = new Map(syncs.map((sync) => [sync.id, sync]));
    for (const directory of directories) {
      const sync = known.get(directory.id);
      known.delete(directory.id);
      // who has never had a schedule needs no state
      if (sync ? sync.follows !== directory.revision : directory.schedule) await this.align(directory);
    }
    for (const gone of known.values()) await this.syncs.remove(gone.id, gone.revision);
  }

  /** Does what is due. One directory that cannot be dealt with holds up no other. */
  async run(now = currentTime()): Promise<void> {
    for (const sync of await this.syncs.due(now, BATCH)) {
      try {
        await this.step(sync);
      } catch (error) {
        this.log.error(error, `directory ${sync.id}: its schedule could not go on; it is tried again`);
      }
    }
  }

  /** The state after the next step; null when another server was first, or the directory is gone. */
  private async step(sync: DirectorySync): Promise<DirectorySync | null> {
    const directory = await this.directories.findById('all', sync.id);
    if (!directory) {
      await this.syncs.remove(sync.id, sync.revision);
      return null;
    }
    if (sync.run) return await this.follow(directory, sync, sync.run.id);
    const now = currentTime();
    const settled = await this.withoutSettledPreview(sync);
    const begun = beginSync(settled, newId() as ImportRunId, now);
    if (!begun) return await this.release(directory, settled);
    const written = await this.syncs.replace(begun);
    if (!written?.run) return null;
    // what a server that died has left
    await this.runs.forgetQuiet(directory.id, written.run.id);
    return await this.follow(directory, written, written.run.id);
  }

  private async follow(
    directory: Directory,
    sync: DirectorySync,
    id: ImportRunId,
  ): Promise<DirectorySync | null> {
    const run = (await this.runs.findById('all', id)) ?? (await this.create(directory, sync));
    const now = currentTime();
    if (!run) return null;
    const step = syncStep(sync, run, now);
    if (step.kind === 'wait') return await this.syncs.replace(awake(sync, now));
    if (step.kind === 'commit') {
      await this.move(run, 'import.commit', (one) => askImportCommit(one, { takes: 'unwarned' }, now));
      return await this.syncs.replace(awake(sync, now));
    }
    const written = await this.syncs.replace(step.sync);
    if (!written) return null;
    this.feed.changed('import', run.id, directory.tenant);
    if (step.forget) await this.runs.remove(run.id, run.revision);
    const old = step.discard && (await this.runs.findById('all', step.discard));
    if (old?.state === 'previewed') {
      await this.move(old, 'import.discard', (one) => askImportDiscard(one, now));
    }
    return written;
  }

  private async create(directory: Directory, sync: DirectorySync): Promise<ImportRun | null> {
    const facts = syncRun(directory, sync);
    if (!facts) return null;
    const run = newImportRun(facts, currentTime());
    await this.runs.insert(run);
    await this.commands.send('import.read', run, run.requestedBy);
    return run;
  }

  /** A guarded write of a run, and the command for it; whoever changed it meanwhile has decided. */
  private async move(
    run: ImportRun,
    command: 'import.commit' | 'import.discard',
    decide: (run: ImportRun) => ImportOutcome,
  ): Promise<void> {
    const outcome = decide(run);
    const written = outcome.changed ? await this.runs.replace(outcome.run) : null;
    if (written) await this.commands.send(command, written, written.requestedBy);
  }

  private async withoutSettledPreview(sync: DirectorySync): Promise<DirectorySync> {
    if (sync.pending === null) return sync;
    return pendingSettled(sync, await this.runs.findById('all', sync.pending));
  }

  private async release(directory: Directory, sync: DirectorySync): Promise<DirectorySync | null> {
    const reserved = await this.releases.reserve(directory, sync, currentTime());
    const written = await this.syncs.replace(awake(reserved.sync, currentTime()));
    if (written && reserved.computers.length > 0) await this.releases.release(directory, reserved);
    return written;
  }
}
