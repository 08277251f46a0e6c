import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { BrakesModule } from '../brakes/brakes.module.js';
import { EventsModule } from '../events/events.module.js';
import { HealthModule } from '../health/health.module.js';
import { KeysModule } from '../keys/keys.module.js';
import { LocationRulesModule } from '../location-rules/location-rules.module.js';
import { SettingsModule } from '../settings/settings.module.js';
import { AccountTrials } from './account-trials.js';
import { ActionChecks } from './action-checks.js';
import { ActionService } from './action.service.js';
import { ClaimService } from './claim.service.js';
import { Dispatcher } from './dispatcher.js';
import { ForeignReports } from './foreign-reports.js';
import { FreedPlaces } from './freed-places.js';
import { HeldOrders } from './held-orders.js';
import { OrderClock } from './order-clock.js';
import { OrderEndings } from './order-endings.js';
import { OrderGate } from './order-gate.js';
import { OrderMoves } from './order-moves.js';
import { ComputerWatch } from './computer-watch.js';
import { OrderPlanner } from './order-planner.js';
import { OrderRepair } from './order-repair.js';
import { OrderRetries } from './order-retries.service.js';
import { OrdersController } from './orders.controller.js';
import { OrdersRpc } from './orders.rpc.js';
import { OrdersService } from './orders.service.js';
import { ReleaseChecks } from './release-checks.js';
import { ReleaseService } from './release.service.js';
import { StatusIntake } from './status-intake.js';
import { WireOrders } from './wire-orders.service.js';

/** The order engine. The way of one order through it: docs/architecture.md. */
@Module({
  imports: [
    AuditModule,
    BrakesModule,
    EventsModule,
    HealthModule,
    KeysModule,
    LocationRulesModule,
    SettingsModule,
  ],
  controllers: [OrdersController, OrdersRpc],
  providers: [
    AccountTrials,
    ActionChecks,
    ActionService,
    ClaimService,
    ComputerWatch,
    Dispatcher,
    ForeignReports,
    FreedPlaces,
    HeldOrders,
    OrderClock,
    OrderEndings,
    OrderGate,
    OrderMoves,
    OrderPlanner,
    OrderRepair,
    OrderRetries,
    OrdersService,
    ReleaseChecks,
    ReleaseService,
    StatusIntake,
    WireOrders,
  ],
  exports: [ActionService, OrderMoves, OrdersService, WireOrders],
})
export class OrdersModule {}
