import { Injectable, Logger } from '@nestjs/common';
import {
  DEFAULT_PROOF,
  DEFAULT_SILENT_AFTER,
  DEFAULT_STOPS,
  hasRolloutEnded,
  RELEASES_PER_HOUR,
  reserveReleases,
  type Caller,
  type Computer,
  type ComputerId,
  type Directory,
  type DirectorySync,
  type ImportRunId,
  type RolloutId,
} from '#domain';
import { ComputerRepository, RolloutMemberRepository, RolloutRepository } from '#persistence';
import { currentTime, newId } from '#runtime';
import { SettingsService } from '../../platform/settings/settings.service.js';
import type { ReleaseInput } from '../commands/release-decision.js';
import { ReleaseService } from '../commands/release.service.js';
import type { RolloutInput } from '../rollouts/new-rollout.js';
import { RolloutCommands } from '../rollouts/rollout-commands.js';

/** Computers of a run looked at in one go. */
const BATCH = 500;
/** Computers that are refused now are tried again after so many milliseconds: what is missing is added by people. */
const AGAIN_MS = 5 * 60_000;
const HOUR_MS = 3_600_000;

const WISH: ReleaseInput = { release: null, notBefore: null, note: null, retryOf: null };

/** What a directory releases next. */
export interface ReservedReleases {
  /** The state in which they are counted. */
  sync: DirectorySync;
  computers: readonly ComputerId[];
  /** In waves, as this rollout; null: at once. */
  rollout: RolloutId | null;
}

/**
 * Releases the computers that a directory's policy has brought: so many an hour, the oldest run first. While many of them wait
 * (setting `rolloutFrom`), what an hour has room for goes as a rollout, and the next one comes when nobody
 * of it waits for his turn any more: what stops a bad release stops the directory.
 */
@Injectable()
export class DirectoryReleases {
  private readonly log = new Logger(DirectoryReleases.name);

  constructor(
    private readonly computers: ComputerRepository,
    private readonly rollouts: RolloutRepository,
    private readonly members: RolloutMemberRepository,
    private readonly releases: ReleaseService,
    private readonly commands: RolloutCommands,
    private readonly settings: SettingsService,
  ) {}

  /**
   * The computers to release now, and the state that counts them. It is written before they are released: a server that
   * dies in between has used up their places of this hour, and no other one releases more than the limit.
   */
  async reserve(directory: Directory, sync: DirectorySync, now: Date): Promise<ReservedReleases> {
    const nothing = { sync, computers: [], rollout: null };
    if (!sync.releases || sync.releases.at > now) return nothing;
    const { rollouts, holdsUp } = await this.ownRollouts(sync.releases.rollouts ?? []);
    const again = new Date(now.getTime() + AGAIN_MS);
    if (holdsUp)
      return { ...nothing, sync: { ...sync, releases: { ...sync.releases, rollouts, at: again } } };
    const perHour = directory.releasesPerHour ?? RELEASES_PER_HOUR;
    const { ready, refused, open } = await this.waitingOf(directory, sync.releases.runs);
    if (open.length === 0 && rollouts.length === 0)
      return { ...nothing, sync: { ...sync, releases: withoutRuns(sync.releases, now) } };
    const { count, releases } = reserveReleases(sync.releases, perHour, ready.length, now);
    const { rolloutFrom } = await this.settings.forDp(directory.tenant, null);
    const rollout = count > 0 && ready.length >= rolloutFrom ? (newId() as RolloutId) : null;
    const isRest = ready.length === 0 || count === ready.length;
    // another server that looked before the rollout is made would take it for one that never came to be
    const at = isRest || rollout ? again : releases.at;
    const own = rollout ? [...rollouts, rollout] : rollouts;
    return {
      sync: { ...sync, releases: { ...releases, at, runs: open, refused, rollouts: own } },
      computers: ready.slice(0, count),
      rollout,
    };
  }

  async release(directory: Directory, { computers, rollout }: ReservedReleases): Promise<void> {
    const caller = callerOf(directory);
    const now = currentTime();
    if (rollout) {
      const { size } = await this.commands.create(caller, rollout, rolloutOf(directory, computers, now));
      this.log.log(`directory ${directory.id}: rollout ${rollout} of ${size} computers`);
      return;
    }
    const { orders } = await this.releases.release(caller, computers, WISH, now);
    this.log.log(`directory ${directory.id}: ${orders.length} of ${computers.length} computers released`);
  }

  /** Which rollouts of a directory go on, and whether one of them keeps the next computers waiting. */
  private async ownRollouts(ids: readonly RolloutId[]): Promise<{ rollouts: RolloutId[]; holdsUp: boolean }> {
    const found = await this.rollouts.findByIds('all', ids);
    const active = found.filter(({ state }) => !hasRolloutEnded(state));
    let holdsUp = active.some(({ state }) => state === 'paused');
    for (const { id, waves } of active)
      holdsUp ||= (await this.members.waiting(id, waves.length, [], 1)).length > 0;
    return { rollouts: active.map(({ id }) => id), holdsUp };
  }

  /** Which computers of some runs nobody has released yet, and which runs still have such. */
  private async waitingOf(
    directory: Directory,
    runs: readonly ImportRunId[],
  ): Promise<{ ready: ComputerId[]; refused: number; open: ImportRunId[] }> {
    const ready: ComputerId[] = [];
    const open: ImportRunId[] = [];
    let refused = 0;
    for (const run of runs) {
      const waiting = await this.notInRollouts((await this.ofRun(run)).filter(isUntouched));
      if (waiting.length === 0) continue;
      open.push(run);
      // what cannot be released now does not stand before what can
      const looked = await this.releases.preview(callerOf(directory), waiting, WISH, currentTime());
      const free = looked.filter(({ result }) => result.code === undefined);
      refused += looked.length - free.length;
      ready.push(...free.map(({ computer }) => computer.id));
    }
    return { ready, refused, open };
  }

  /** Who was a member of a rollout is left to it, also when a person has left it out there or aborted it. */
  private async notInRollouts(computers: readonly Computer[]): Promise<Computer[]> {
    const found = await this.members.ofAny(computers.map(({ id }) => id));
    const stored = await this.rollouts.findByIds('all', [...new Set(found.map(({ rollout }) => rollout))]);
    const made = new Set(stored.map(({ id }) => id));
    const taken = new Set(found.filter(({ rollout }) => made.has(rollout)).map(({ computer }) => computer));
    return computers.filter(({ id }) => !taken.has(id));
  }

  private async ofRun(run: ImportRunId): Promise<Computer[]> {
    const all: Computer[] = [];
    for (;;) {
      const some = await this.computers.ofRun(run, all.at(-1)?.id ?? null, BATCH);
      all.push(...some);
      if (some.length < BATCH) return all;
    }
  }
}

/** Nothing is left to be released: what was used up of an hour is remembered until it is over. */
function withoutRuns(releases: NonNullable<DirectorySync['releases']>, now: Date): DirectorySync['releases'] {
  const over = new Date(releases.hour.getTime() + HOUR_MS);
  return over <= now ? null : { ...releases, runs: [], rollouts: [], refused: 0, at: over };
}

/** In the usual waves, and stopped as usual. */
function rolloutOf({ name }: Directory, computers: readonly ComputerId[], now: Date): RolloutInput {
  return {
    name: `${name} ${now.toISOString().slice(0, 16)}Z`,
    computers,
    filter: null,
    kind: 'install-client',
    growing: false,
    release: null,
    waves: null,
    proof: DEFAULT_PROOF,
    pace: { perMinute: null, perDpMinute: null, increase: null },
    stops: DEFAULT_STOPS,
    silentAfter: DEFAULT_SILENT_AFTER,
    startAt: null,
    windows: [],
    deadline: null,
    priority: 0,
    note: null,
    retryOf: null,
  };
}

/** In orders and timelines the directory is named as who released it. */
function callerOf({ id, name, tenant }: Directory): Caller {
  return {
    id: `directory:${id}`,
    name,
    role: 'operator',
    tenants: [tenant],
    address: null,
    request: id,
  };
}

/** Nobody has done anything with it since it was imported. */
function isUntouched(computer: Computer): boolean {
  return computer.state === 'imported' && computer.openOrder === null && computer.lastOrder === null;
}
