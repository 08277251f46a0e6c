import { Module } from '@nestjs/common';
import { EngineModule } from '../../engine/engine.module.js';
import { DistributionPointsController } from './distribution-points.controller.js';
import { DistributionPointsService } from './distribution-points.service.js';
import { DpViews } from './dp-views.js';

@Module({
  imports: [EngineModule],
  controllers: [DistributionPointsController],
  providers: [DistributionPointsService, DpViews],
  exports: [DpViews],
})
export class DistributionPointsModule {}
