import { Module } from '@nestjs/common';
import { DistributionPointsModule } from '../distribution-points/distribution-points.module.js';
import { OverviewController } from './overview.controller.js';

@Module({ imports: [DistributionPointsModule], controllers: [OverviewController] })
export class OverviewModule {}
