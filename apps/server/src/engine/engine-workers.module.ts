import { Module } from '@nestjs/common';
import { ClaimRpc } from './claim/claim.rpc.js';
import { ComputerDeadlines } from './deadlines/computer-deadlines.js';
import { DeadlineSweeper } from './deadlines/deadline-sweeper.js';
import { Reconciler } from './deadlines/reconciler.js';
import { DistributionPointsRpc } from './distribution-points/distribution-points.rpc.js';
import { HeartbeatsConsumer } from './distribution-points/heartbeats.consumer.js';
import { ServerDp } from './distribution-points/server-dp.js';
import { EngineModule } from './engine.module.js';
import { StatusConsumer } from './intake/status.consumer.js';
import { ClientsRpc } from './registration/clients.rpc.js';
import { ReleaseFilesRpc } from './release-files/release-files.rpc.js';

/** What works by itself: handlers of queues and calls, deadlines, and the repair. Absent from a process with `ENGINE=off`. */
@Module({
  imports: [EngineModule],
  controllers: [
    ClaimRpc,
    ClientsRpc,
    DistributionPointsRpc,
    HeartbeatsConsumer,
    ReleaseFilesRpc,
    StatusConsumer,
  ],
  providers: [ComputerDeadlines, DeadlineSweeper, Reconciler, ServerDp],
})
export class EngineWorkersModule {}
