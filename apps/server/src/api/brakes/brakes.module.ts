import { Module } from '@nestjs/common';
import { EngineModule } from '../../engine/engine.module.js';
import { BrakesController } from './brakes.controller.js';
import { BrakesService } from './brakes.service.js';

@Module({
  imports: [EngineModule],
  controllers: [BrakesController],
  providers: [BrakesService],
})
export class BrakesModule {}
