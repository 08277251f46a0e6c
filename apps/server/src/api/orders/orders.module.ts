import { Module } from '@nestjs/common';
import { EngineModule } from '../../engine/engine.module.js';
import { OrdersController } from './orders.controller.js';

@Module({
  imports: [EngineModule],
  controllers: [OrdersController],
})
export class OrdersModule {}
