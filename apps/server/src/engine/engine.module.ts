import { Module } from '@nestjs/common';
import { Background } from '../platform/background/background.js';
import { BrakeTrips } from './brakes/brake-trips.js';
import { ClaimService } from './claim/claim.service.js';
import { WireOrdersService } from './claim/wire-orders.service.js';
import { ActionChecks } from './commands/action-checks.js';
import { ActionService } from './commands/action.service.js';
import { OrderRetriesService } from './commands/order-retries.service.js';
import { OrderCommandsService } from './commands/order-commands.service.js';
import { ReleaseChecks } from './commands/release-checks.js';
import { ReleaseService } from './commands/release.service.js';
import { CapacityRelease } from './holds/capacity-release.js';
import { Dispatcher } from './dispatch/dispatcher.js';
import { HoldReevaluator } from './holds/hold-reevaluator.js';
import { LostTickets } from './dispatch/lost-tickets.js';
import { DpIdentityService } from './distribution-points/dp-identity.service.js';
import { DpSilence } from './distribution-points/dp-silence.js';
import { EnrolmentService } from './distribution-points/enrolment.service.js';
import { HeartbeatsService } from './distribution-points/heartbeats.service.js';
import { AccountTrials } from './eligibility/account-trials.js';
import { EligibilityPolicy } from './eligibility/eligibility-policy.js';
import { StatusReportProcessor } from './intake/status-report-processor.js';
import { UnauthorizedReports } from './intake/unauthorized-reports.js';
import { LocationChoicesService } from './location/location-choices.service.js';
import { OrderCompletion } from './orders/order-completion.js';
import { OrderPlanner } from './orders/order-planner.js';
import { OrderTransitions } from './orders/order-transitions.js';
import { RegistrationService } from './registration/registration.service.js';
import { ReleaseFilesService } from './release-files/release-files.service.js';

const SERVICES = [
  AccountTrials,
  ActionChecks,
  ActionService,
  Background,
  BrakeTrips,
  ClaimService,
  RegistrationService,
  Dispatcher,
  DpIdentityService,
  DpSilence,
  EnrolmentService,
  UnauthorizedReports,
  CapacityRelease,
  HoldReevaluator,
  LocationChoicesService,
  LostTickets,
  OrderCompletion,
  EligibilityPolicy,
  OrderTransitions,
  OrderPlanner,
  OrderRetriesService,
  OrderCommandsService,
  ReleaseChecks,
  ReleaseFilesService,
  ReleaseService,
  HeartbeatsService,
  StatusReportProcessor,
  WireOrdersService,
];

/**
 * The order engine, as far as it is called: by the API for what people want, by the workers for what queues and
 * deadlines bring. The way of one order through it: docs/architecture.md.
 */
@Module({ providers: SERVICES, exports: SERVICES })
export class EngineModule {}
