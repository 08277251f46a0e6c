import { Module } from '@nestjs/common';
import { EngineModule } from '../../engine/engine.module.js';
import { DistributionPointsModule } from '../distribution-points/distribution-points.module.js';
import { InstallationGauges } from './installation-gauges.js';
import { InstallationLook } from './installation-look.js';

/** How the installation stands, for Prometheus. */
@Module({
  imports: [DistributionPointsModule, EngineModule],
  providers: [InstallationGauges, InstallationLook],
})
export class MeasuresModule {}
