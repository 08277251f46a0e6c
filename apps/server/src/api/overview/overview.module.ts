import { Module } from '@nestjs/common';
import { DistributionPointsModule } from '../distribution-points/distribution-points.module.js';
import { EngineModule } from '../../engine/engine.module.js';
import { OverviewCounts } from './overview-counts.js';
import { OverviewController } from './overview.controller.js';

@Module({
  imports: [DistributionPointsModule, EngineModule],
  controllers: [OverviewController],
  providers: [OverviewCounts],
})
export class OverviewModule {}
