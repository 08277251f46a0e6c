import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Lane } from '../../platform/background/lane.js';
import { SERVER_ENV, type ServerEnv } from '../../platform/config/server-env.js';
import { DirectorySyncs } from './directory-syncs.js';

/** Ticks between two looks for directories whose settings their schedule does not go by yet. */
const ALIGN_EVERY = 15;

/** Keeps the schedules of directories. Any number of servers may: guarded writes make the loser's work harmless. */
@Injectable()
export class DirectorySweeper implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly due = new Lane('the schedules of directories', () => this.syncs.run());
  private readonly settings = new Lane('the settings of directories', () => this.syncs.alignAll());
  private timer: NodeJS.Timeout | undefined;
  private ticks = 0;

  constructor(
    private readonly syncs: DirectorySyncs,
    @Inject(SERVER_ENV) private readonly env: ServerEnv,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      if (this.ticks % ALIGN_EVERY === 0) void this.settings.run();
      this.ticks += 1;
      void this.due.run();
    }, this.env.SWEEP_INTERVAL_MS);
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all([this.due.settled(), this.settings.settled()]);
  }
}
