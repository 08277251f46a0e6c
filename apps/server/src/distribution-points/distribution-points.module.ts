import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { EventsModule } from '../events/events.module.js';
import { KeysModule } from '../keys/keys.module.js';
import { OrdersModule } from '../orders/orders.module.js';
import { SettingsModule } from '../settings/settings.module.js';
import { DistributionPointsController } from './distribution-points.controller.js';
import { DistributionPointsRpc } from './distribution-points.rpc.js';
import { DistributionPoints } from './distribution-points.service.js';
import { DpViews } from './dp-views.js';
import { Enrolment } from './enrolment.service.js';
import { ServerDp } from './server-dp.js';
import { Sightings } from './sightings.service.js';

@Module({
  imports: [AuditModule, EventsModule, KeysModule, OrdersModule, SettingsModule],
  controllers: [DistributionPointsController, DistributionPointsRpc],
  providers: [DistributionPoints, DpViews, Enrolment, ServerDp, Sightings],
  exports: [DpViews],
})
export class DistributionPointsModule {}
