import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { currentTime } from '#runtime';
import { Lane } from '../../platform/background/lane.js';
import { LaneSchedule } from '../../platform/background/lane-schedule.js';
import { SERVER_ENV, type ServerEnv } from '../../platform/config/server-env.js';
import { AuditChainer } from './audit-chainer.js';
import { AuditCheckpoints } from './audit-checkpoints.js';

/** Ticks between two looks whether a checkpoint is due. */
const CHECKPOINT_EVERY = 10;

/** Keeps the audit's chain. Any number of servers may: guarded writes make the loser's work harmless. */
@Injectable()
export class AuditWorker implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly linking = new Lane('linking audit entries', async () => {
    while (!this.schedule.isStopped && (await this.chainer.run(currentTime())));
  });
  private readonly signing = new Lane('signing the audit', () => this.checkpoints.run(currentTime()));
  private readonly schedule = new LaneSchedule({ lane: this.signing, every: CHECKPOINT_EVERY }, this.linking);

  constructor(
    private readonly chainer: AuditChainer,
    private readonly checkpoints: AuditCheckpoints,
    @Inject(SERVER_ENV) private readonly env: ServerEnv,
  ) {}

  onApplicationBootstrap(): void {
    this.schedule.start(this.env.SWEEP_INTERVAL_MS);
  }

  onApplicationShutdown(): Promise<void> {
    return this.schedule.stop();
  }
}
