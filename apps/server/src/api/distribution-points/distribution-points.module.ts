import { Module } from '@nestjs/common';
import { EngineModule } from '../../engine/engine.module.js';
import { AgentFilesController } from './agent-files.controller.js';
import { DistributionPointsController } from './distribution-points.controller.js';
import { DistributionPointsService } from './distribution-points.service.js';
import { InstallPlacesService } from './install-places.service.js';
import { DpOverviews } from './dp-overviews.js';
import { DpViews } from './dp-views.js';
import { JoinableViews } from './joinable-views.js';
import { MachinesController } from './machines.controller.js';

@Module({
  imports: [EngineModule],
  controllers: [AgentFilesController, DistributionPointsController, MachinesController],
  providers: [DistributionPointsService, DpOverviews, DpViews, InstallPlacesService, JoinableViews],
  exports: [DpViews, InstallPlacesService],
})
export class DistributionPointsModule {}
