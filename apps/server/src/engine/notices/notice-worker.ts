import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DeliveryRepository, NoticeRepository } from '#persistence';
import { currentTime } from '#runtime';
import { Lane } from '../../platform/background/lane.js';
import { LaneSchedule } from '../../platform/background/lane-schedule.js';
import { SERVER_ENV, type ServerEnv } from '../../platform/config/server-env.js';
import { DeliveryDispatcher } from './delivery-dispatcher.js';
import { ExpiryWatch } from './expiry-watch.js';
import { NoticeDistribution } from './notice-distribution.js';
import { NoticeWatch } from './notice-watch.js';

/** Ticks between two looks for what is to be told. */
const WATCH_EVERY = 5;
/** Ticks between two looks for what is about to expire, and for what has been kept long enough. */
const RARELY = 3600;
const DAY_MS = 24 * 60 * 60_000;

/** Everything about notices that is done again and again; any number of servers may do it beside each other. */
@Injectable()
export class NoticeWorker implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly watching = new Lane('looking for what is to be told', () => this.watch.run(currentTime()));
  private readonly giving = new Lane('giving out notices', async () => {
    while (!this.schedule.isStopped && (await this.distribution.run(currentTime())));
  });
  private readonly sending = new Lane('sending notices', () => this.dispatcher.run(currentTime()));
  private readonly expiring = new Lane('looking for what expires', () => this.expiry.run(currentTime()));
  private readonly cleaning = new Lane('deleting old notices', () => this.clean(currentTime()));
  private readonly schedule = new LaneSchedule(
    { lane: this.watching, every: WATCH_EVERY },
    { lane: this.expiring, every: RARELY },
    { lane: this.cleaning, every: RARELY },
    this.giving,
    this.sending,
  );

  constructor(
    private readonly watch: NoticeWatch,
    private readonly expiry: ExpiryWatch,
    private readonly distribution: NoticeDistribution,
    private readonly dispatcher: DeliveryDispatcher,
    private readonly notices: NoticeRepository,
    private readonly deliveries: DeliveryRepository,
    @Inject(SERVER_ENV) private readonly env: ServerEnv,
  ) {}

  onApplicationBootstrap(): void {
    this.schedule.start(this.env.SWEEP_INTERVAL_MS);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.schedule.stop();
    await this.dispatcher.settled();
  }

  /** Notices stay longer than the deliveries that speak of them. */
  private async clean(now: Date): Promise<void> {
    const before = now.getTime() - this.env.NOTIFICATION_DAYS * DAY_MS;
    await this.deliveries.removeBefore(new Date(before));
    await this.notices.removeBefore(new Date(before - DAY_MS));
  }
}
