import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Lane } from '../../platform/background/lane.js';
import { LaneSchedule } from '../../platform/background/lane-schedule.js';
import { SERVER_ENV, type ServerEnv } from '../../platform/config/server-env.js';
import { DirectorySyncs } from './directory-syncs.js';

/** Ticks between two looks for directories whose settings their schedule does not go by yet. */
const ALIGN_EVERY = 15;

/** Keeps the schedules of directories. Any number of servers may: guarded writes make the loser's work harmless. */
@Injectable()
export class DirectorySweeper implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly due = new Lane('the schedules of directories', () => this.syncs.run());
  private readonly settings = new Lane('the settings of directories', () => this.syncs.alignAll());
  private readonly schedule = new LaneSchedule({ lane: this.settings, every: ALIGN_EVERY }, this.due);

  constructor(
    private readonly syncs: DirectorySyncs,
    @Inject(SERVER_ENV) private readonly env: ServerEnv,
  ) {}

  onApplicationBootstrap(): void {
    this.schedule.start(this.env.SWEEP_INTERVAL_MS);
  }

  onApplicationShutdown(): Promise<void> {
    return this.schedule.stop();
  }
}
