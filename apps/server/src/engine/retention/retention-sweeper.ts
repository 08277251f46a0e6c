import { randomUUID } from 'node:crypto';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { keptSince, type RetentionKind, type RetentionState, type Settings } from '#domain';
import { RetentionRepository } from '#persistence';
import { currentTime, EnvironmentFault } from '#runtime';
import { Lane } from '../../platform/background/lane.js';
import { LaneSchedule } from '../../platform/background/lane-schedule.js';
import { SERVER_ENV, type ServerEnv } from '../../platform/config/server-env.js';
import { Metrics } from '../../platform/health/metrics.js';
import { SettingsService } from '../../platform/settings/settings.service.js';
import { ArchiveFolder } from './archive-folder.js';
import { AuditKeeper } from './audit-keeper.js';
import { ExpiredRecords } from './expired-records.js';
import { ImportKeeper } from './import-keeper.js';
import { OrderKeeper } from './order-keeper.js';
import type { RetentionKeeper } from './retention-keeper.js';
import { type RetentionMeans, RetentionRun, TurnLost } from './retention-run.js';

/** Ticks between two looks whether something is to be done. */
const LOOK_EVERY = 60;
/** Ticks between two removals of what has expired. */
const RARELY = 3600;
/** Everything is gone through again after this time, or when a setting has changed by as much as this. */
const AGAIN_MS = 60 * 60_000;
/** Times so far ahead are of a clock that was wrong. */
const AHEAD_MS = 60_000;

/** Removes what has been kept long enough, one server at a time (docs/adr/0034). */
@Injectable()
export class RetentionSweeper implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly log = new Logger(RetentionSweeper.name);
  private readonly server = randomUUID();
  private readonly lanes: readonly Lane[];
  private readonly expiring = new Lane('removing what has expired', () => this.expired.remove(currentTime()));
  private readonly schedule: LaneSchedule;
  private readonly archive: ArchiveFolder | null;

  constructor(
    private readonly states: RetentionRepository,
    private readonly settings: SettingsService,
    private readonly metrics: Metrics,
    orders: OrderKeeper,
    imports: ImportKeeper,
    audit: AuditKeeper,
    private readonly expired: ExpiredRecords,
    @Inject(SERVER_ENV) private readonly env: ServerEnv,
  ) {
    this.archive = env.ARCHIVE_DIR === undefined ? null : new ArchiveFolder(env.ARCHIVE_DIR);
    this.lanes = [orders, imports, audit].map(
      (keeper) => new Lane(`the retention of ${keeper.kind}`, () => this.look(keeper)),
    );
    this.schedule = new LaneSchedule(
      { lane: this.expiring, every: RARELY },
      ...this.lanes.map((lane) => ({ lane, every: LOOK_EVERY, after: LOOK_EVERY })),
    );
  }

  /** @throws EnvironmentFault when there is no such archive */
  async onApplicationBootstrap(): Promise<void> {
    await this.archive?.demand().catch((error: unknown) => {
      throw new EnvironmentFault(`environment: ${error instanceof Error ? error.message : String(error)}`);
    });
    this.schedule.start(this.env.SWEEP_INTERVAL_MS);
  }

  onApplicationShutdown(): Promise<void> {
    return this.schedule.stop();
  }

  /** Looks at each kind; resolves when what was due is done. */
  async sweep(): Promise<void> {
    await Promise.all(this.lanes.map((lane) => lane.run()));
  }

  private async look(keeper: RetentionKeeper): Promise<void> {
    const now = currentTime();
    const settings = await this.settings.forDpNow(null, null);
    const before = keptSince(keeper.kind, settings, now);
    const means = this.meansFor(keeper.kind, settings);
    const mayRemove = means.archive !== null || means.unarchived;
    const state = await this.states.state(keeper.kind);
    if (!isDue(state, before, now) && !(mayRemove && state.waiting > 0)) return;
    const clockFault = await this.states.clockFault(currentTime);
    if (clockFault !== undefined) {
      // by a clock that is ahead, what is to be kept would go
      this.log.warn(`nothing that has been kept is removed: ${clockFault}`);
      return;
    }
    const run = await RetentionRun.begin(keeper, this.server, means);
    if (!run) return;
    try {
      await run.run(before);
    } catch (error) {
      if (!(error instanceof TurnLost)) throw error;
      this.log.warn(error.message);
    } finally {
      await run.end();
    }
  }

  private meansFor(kind: RetentionKind, { removeUnarchived }: Settings): RetentionMeans {
    return {
      states: this.states,
      archive: this.archive,
      allowed: async () => {
        const settings = await this.settings.forDpNow(null, null);
        const mayRemove = this.archive !== null || settings.removeUnarchived;
        return mayRemove ? keptSince(kind, settings, currentTime()) : null;
      },
      unarchived: removeUnarchived,
      removed: (collection, count) => {
        if (count === 0) return;
        this.metrics.removed.inc({ collection }, count);
        this.log.log({ collection, count }, 'kept long enough and removed');
      },
      isStopped: () => this.schedule.isStopped,
    };
  }
}

function isDue({ plan, done }: RetentionState, before: Date | null, now: Date): boolean {
  if (plan) return true;
  if (before === null) return done !== null;
  if (!done) return true;
  const since = now.getTime() - done.at.getTime();
  const hasChanged = before.getTime() - done.before.getTime() > since + AGAIN_MS;
  return hasChanged || since >= AGAIN_MS || since < -AHEAD_MS;
}
