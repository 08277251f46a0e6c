import { Module } from '@nestjs/common';
import { EngineModule } from '../../engine/engine.module.js';
import { LocationRulesController } from './location-rules.controller.js';
import { LocationRulesService } from './location-rules.service.js';

@Module({
  imports: [EngineModule],
  controllers: [LocationRulesController],
  providers: [LocationRulesService],
  exports: [LocationRulesService],
})
export class LocationRulesModule {}
