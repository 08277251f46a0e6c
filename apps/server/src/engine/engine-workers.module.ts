import { Module } from '@nestjs/common';
import { AgentBundlesRpc } from './agent-bundles/agent-bundles.rpc.js';
import { AuditWorker } from './audit/audit-worker.js';
import { ClaimRpc } from './claim/claim.rpc.js';
import { ComputerDeadlines } from './deadlines/computer-deadlines.js';
import { DeadlineSweeper } from './deadlines/deadline-sweeper.js';
import { Reconciler } from './deadlines/reconciler.js';
import { DirectorySweeper } from './directories/directory-sweeper.js';
import { DistributionPointsRpc } from './distribution-points/distribution-points.rpc.js';
import { HeartbeatsConsumer } from './distribution-points/heartbeats.consumer.js';
import { ServerDp } from './distribution-points/server-dp.js';
import { EngineModule } from './engine.module.js';
import { RetentionSweeper } from './retention/retention-sweeper.js';
import { RolloutRunner } from './rollouts/rollout-runner.js';
import { StatusConsumer } from './intake/status.consumer.js';
import { NoticeWorker } from './notices/notice-worker.js';
import { ClientsRpc } from './registration/clients.rpc.js';
import { ReleaseFilesRpc } from './release-files/release-files.rpc.js';

/** What works by itself: handlers of queues and calls, deadlines, and the repair. Absent from a process with `ENGINE=off`. */
@Module({
  imports: [EngineModule],
  controllers: [
    AgentBundlesRpc,
    ClaimRpc,
    ClientsRpc,
    DistributionPointsRpc,
    HeartbeatsConsumer,
    ReleaseFilesRpc,
    StatusConsumer,
  ],
  providers: [
    AuditWorker,
    ComputerDeadlines,
    DeadlineSweeper,
    DirectorySweeper,
    NoticeWorker,
    Reconciler,
    RetentionSweeper,
    RolloutRunner,
    ServerDp,
  ],
})
export class EngineWorkersModule {}
