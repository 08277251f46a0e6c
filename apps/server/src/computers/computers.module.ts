import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { EventsModule } from '../events/events.module.js';
import { OrdersModule } from '../orders/orders.module.js';
import { SettingsModule } from '../settings/settings.module.js';
import { ActionsController } from './actions.controller.js';
import { ComputerRecords } from './computer-records.js';
import { ComputerRemoval } from './computer-removal.service.js';
import { ComputerViews } from './computer-views.js';
import { ComputersController } from './computers.controller.js';
import { Computers } from './computers.service.js';
import { ReleaseController } from './release.controller.js';

@Module({
  imports: [AuditModule, EventsModule, OrdersModule, SettingsModule],
  controllers: [ActionsController, ReleaseController, ComputersController],
  providers: [ComputerRecords, ComputerRemoval, Computers, ComputerViews],
  exports: [ComputerViews],
})
export class ComputersModule {}
