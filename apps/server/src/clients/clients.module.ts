import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { EventsModule } from '../events/events.module.js';
import { KeysModule } from '../keys/keys.module.js';
import { LocationRulesModule } from '../location-rules/location-rules.module.js';
import { OrdersModule } from '../orders/orders.module.js';
import { ClientsController } from './clients.controller.js';
import { ClientsRpc } from './clients.rpc.js';
import { ClientsService } from './clients.service.js';

@Module({
  imports: [AuditModule, EventsModule, KeysModule, LocationRulesModule, OrdersModule],
  controllers: [ClientsController, ClientsRpc],
  providers: [ClientsService],
})
export class ClientsModule {}
