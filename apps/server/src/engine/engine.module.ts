import { Module } from '@nestjs/common';
import { Background } from '../platform/background/background.js';
import { AgentBundlesService } from './agent-bundles/agent-bundles.service.js';
import { AuditChainer } from './audit/audit-chainer.js';
import { AuditCheckpoints } from './audit/audit-checkpoints.js';
import { BrakeTrips } from './brakes/brake-trips.js';
import { ClaimService } from './claim/claim.service.js';
import { WireOrdersService } from './claim/wire-orders.service.js';
import { ActionChecks } from './commands/action-checks.js';
import { ActionService } from './commands/action.service.js';
import { OrderRetriesService } from './commands/order-retries.service.js';
import { OrderCommandsService } from './commands/order-commands.service.js';
import { DefaultCoverage } from './commands/default-coverage.js';
import { ReleaseChecks } from './commands/release-checks.js';
import { ReleaseService } from './commands/release.service.js';
import { DirectoryReleases } from './directories/directory-releases.js';
import { DirectorySyncs } from './directories/directory-syncs.js';
import { ImportCommands } from './directories/import-commands.js';
import { CapacityRelease } from './holds/capacity-release.js';
import { Dispatcher } from './dispatch/dispatcher.js';
import { HoldReevaluator } from './holds/hold-reevaluator.js';
import { LostTickets } from './dispatch/lost-tickets.js';
import { DpIdentityService } from './distribution-points/dp-identity.service.js';
import { DpSilence } from './eligibility/dp-silence.js';
import { KeyEnrolmentService } from './distribution-points/key-enrolment.service.js';
import { EnrolmentService } from './distribution-points/enrolment.service.js';
import { HeartbeatsService } from './distribution-points/heartbeats.service.js';
import { AccountTrials } from './eligibility/account-trials.js';
import { EligibilityPolicy } from './eligibility/eligibility-policy.js';
import { StatusReportProcessor } from './intake/status-report-processor.js';
import { UnauthorizedReports } from './intake/unauthorized-reports.js';
import { LocationChoicesService } from './location/location-choices.service.js';
import { DeliveryDispatcher } from './notices/delivery-dispatcher.js';
import { DpNotices } from './notices/dp-notices.js';
import { ExpiryWatch } from './notices/expiry-watch.js';
import { MailChannel } from './notices/mail-channel.js';
import { NoticeDistribution } from './notices/notice-distribution.js';
import { NoticeWatch } from './notices/notice-watch.js';
import { Notices } from './notices/notices.service.js';
import { TargetSecrets } from './notices/target-secrets.js';
import { WebhookChannel } from './notices/webhook-channel.js';
import { OrderCompletion } from './orders/order-completion.js';
import { OrderPlanner } from './orders/order-planner.js';
import { OrderTransitions } from './orders/order-transitions.js';
import { ClientSecrets } from './registration/client-secrets.js';
import { RegistrationService } from './registration/registration.service.js';
import { ReleaseFilesService } from './release-files/release-files.service.js';
import { AuditKeeper } from './retention/audit-keeper.js';
import { ExpiredRecords } from './retention/expired-records.js';
import { ImportKeeper } from './retention/import-keeper.js';
import { OrderKeeper } from './retention/order-keeper.js';
import { PlannedDps } from './rollouts/planned-dps.js';
import { RolloutBell } from './rollout-members/rollout-bell.js';
import { RolloutChanges } from './rollouts/rollout-changes.js';
import { RolloutCommands } from './rollouts/rollout-commands.js';
import { RolloutGrowth } from './rollouts/rollout-growth.js';
import { RolloutNotices } from './rollouts/rollout-notices.js';
import { RolloutPlans } from './rollouts/rollout-plans.js';
import { RolloutStandings } from './rollout-members/rollout-standings.js';
import { RolloutStarts } from './rollouts/rollout-starts.js';

const SERVICES = [
  AccountTrials,
  ActionChecks,
  ActionService,
  AgentBundlesService,
  AuditChainer,
  AuditCheckpoints,
  AuditKeeper,
  Background,
  BrakeTrips,
  ClaimService,
  ClientSecrets,
  DeliveryDispatcher,
  DpNotices,
  RegistrationService,
  DefaultCoverage,
  DirectoryReleases,
  DirectorySyncs,
  Dispatcher,
  DpIdentityService,
  DpSilence,
  EnrolmentService,
  ExpiredRecords,
  ExpiryWatch,
  KeyEnrolmentService,
  UnauthorizedReports,
  CapacityRelease,
  HoldReevaluator,
  ImportCommands,
  ImportKeeper,
  LocationChoicesService,
  LostTickets,
  MailChannel,
  NoticeDistribution,
  Notices,
  NoticeWatch,
  OrderCompletion,
  OrderKeeper,
  EligibilityPolicy,
  OrderTransitions,
  OrderPlanner,
  OrderRetriesService,
  OrderCommandsService,
  ReleaseChecks,
  ReleaseFilesService,
  ReleaseService,
  PlannedDps,
  RolloutBell,
  RolloutChanges,
  RolloutCommands,
  RolloutGrowth,
  RolloutNotices,
  RolloutPlans,
  RolloutStandings,
  RolloutStarts,
  HeartbeatsService,
  StatusReportProcessor,
  TargetSecrets,
  WebhookChannel,
  WireOrdersService,
];

/**
 * The order engine, as far as it is called: by the API for what people want, by the workers for what queues and
 * deadlines bring. The way of one order through it: docs/architecture.md.
 */
@Module({ providers: SERVICES, exports: SERVICES })
export class EngineModule {}
