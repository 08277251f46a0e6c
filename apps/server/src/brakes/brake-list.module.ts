import { Module } from '@nestjs/common';
import { OrdersModule } from '../orders/orders.module.js';
import { BrakesController } from './brakes.controller.js';
import { BrakesModule } from './brakes.module.js';

@Module({ imports: [BrakesModule, OrdersModule], controllers: [BrakesController] })
export class BrakeListModule {}
