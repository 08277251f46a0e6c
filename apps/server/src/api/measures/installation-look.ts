import { Inject, Injectable, Logger } from '@nestjs/common';
import type {
  AuditCheckpoint,
  Brake,
  DirectorySync,
  DistributionPoint,
  DpId,
  OrderState,
  RetentionState,
  Rollout,
} from '#domain';
import { inTime } from '#http';
import { DeadLetters } from '#messaging';
import {
  AuditChainRepository,
  AuditRepository,
  BrakeRepository,
  DirectorySyncRepository,
  DistributionPointRepository,
  OrderMeasuresRepository,
  type OrderStanding,
  RetentionRepository,
  RolloutRepository,
} from '#persistence';
import { currentTime } from '#runtime';
import { SERVER_ENV, type ServerEnv } from '../../platform/config/server-env.js';
import { DpViews } from '../distribution-points/dp-views.js';

/** How the installation stood at a moment. */
export interface Installation {
  at: Date;
  orders: OrderStanding;
  dps: readonly DistributionPoint[];
  overdue: ReadonlySet<DpId>;
  lackingAccount: ReadonlySet<DpId>;
  /** Open orders of each DP; null: there are too many DPs to tell of each. */
  ordersOfDps: readonly { dp: DpId; state: OrderState; count: number }[] | null;
  brakes: readonly Brake[];
  rollouts: readonly Rollout[];
  syncs: readonly DirectorySync[];
  /** Of the kinds that somebody has looked at. */
  retention: readonly RetentionState[];
  audit: { /** Counted up to a thousand. */ unlinked: number; checkpoint: AuditCheckpoint | null };
  /** By queue; null: the broker does not say. */
  deadLetters: ReadonlyMap<string, number> | null;
}

/** One look serves all gauges of a scrape, and whoever else scrapes in the same moment. */
const KEPT_MS = 2_000;
/** A look that takes its time is shown at the next scrape, if that comes before this. */
const SHOWN_MS = 60_000;
/** The broker's part of a look; less than a scrape waits for the whole of it. */
const BROKER_MS = 500;

/** Entries of the audit without a link are counted up to here. */
const UNLINKED = 1000;

/** Looks at the installation for those who measure it. */
@Injectable()
export class InstallationLook {
  private readonly log = new Logger(InstallationLook.name);
  private looking: Promise<Installation | null> | undefined;
  /** What the last look has found, and when. */
  private found: { seen: Installation | null; at: number } = { seen: null, at: -Infinity };

  constructor(
    private readonly orders: OrderMeasuresRepository,
    private readonly dps: DistributionPointRepository,
    private readonly views: DpViews,
    private readonly brakes: BrakeRepository,
    private readonly rollouts: RolloutRepository,
    private readonly syncs: DirectorySyncRepository,
    private readonly retention: RetentionRepository,
    private readonly entries: AuditRepository,
    private readonly chain: AuditChainRepository,
    private readonly letters: DeadLetters,
    @Inject(SERVER_ENV) private readonly env: ServerEnv,
  ) {}

  /** Null: the database does not answer, and nothing is said rather than something old. */
  async look(): Promise<Installation | null> {
    if (this.age() < KEPT_MS) return this.found.seen;
    this.looking ??= this.take(currentTime())
      .catch((error: unknown) => {
        this.log.warn(error, 'the installation could not be measured');
        return null;
      })
      .then((seen) => {
        this.found = { seen, at: performance.now() };
        this.looking = undefined;
        return seen;
      });
    const seen = await inTime(this.looking);
    return seen === undefined && this.age() < SHOWN_MS ? this.found.seen : (seen ?? null);
  }

  private age(): number {
    return performance.now() - this.found.at;
  }

  private async take(at: Date): Promise<Installation> {
    const dps = await this.dps.list('all');
    const isEach = dps.length <= this.env.METRICS_DPS;
    const overdue = await this.views.overdueAmong(dps, at);
    const [orders, ordersOfDps, lackingAccount, brakes, rollouts, syncs, retention, audit, deadLetters] =
      await Promise.all([
        this.orders.standing(at, overdue),
        isEach ? this.orders.openByDp(dps.map(({ id }) => id)) : null,
        this.views.lackingAccount('all', dps),
        this.brakes.open(),
        this.rollouts.active(),
        this.syncs.list('all'),
        this.retention.list(),
        this.auditStanding(),
        this.lettersInTime(),
      ]);
    const ofDps = { dps, ordersOfDps, overdue, lackingAccount };
    return { at, orders, ...ofDps, brakes, rollouts, syncs, retention, audit, deadLetters };
  }

  private async auditStanding(): Promise<Installation['audit']> {
    const [unlinked, checkpoint] = await Promise.all([
      this.entries.countUnlinked(UNLINKED),
      this.chain.newestCheckpoint(),
    ]);
    return { unlinked, checkpoint };
  }

  /** A broker that is silent takes no other measure away. */
  private async lettersInTime(): Promise<ReadonlyMap<string, number> | null> {
    try {
      return (await inTime(this.letters.counts(), BROKER_MS)) ?? null;
    } catch {
      return null;
    }
  }
}
