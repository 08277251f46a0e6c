import { Module } from '@nestjs/common';
import { EngineModule } from '../../engine/engine.module.js';
import { ClientsController } from './clients.controller.js';

@Module({
  imports: [EngineModule],
  controllers: [ClientsController],
})
export class ClientsModule {}
