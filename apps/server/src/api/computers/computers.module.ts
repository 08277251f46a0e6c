import { Module } from '@nestjs/common';
import { EngineModule } from '../../engine/engine.module.js';
import { ActionsController } from './actions.controller.js';
import { ComputerExportController } from './computer-export.controller.js';
import { ComputerOrigins } from './computer-origins.js';
import { ComputerRecords } from './computer-records.js';
import { ComputerRemovalService } from './computer-removal.service.js';
import { DpNames } from '../distribution-points/dp-names.js';
import { ComputerViews } from './computer-views.js';
import { ComputersController } from './computers.controller.js';
import { ComputersService } from './computers.service.js';
import { ReleaseController } from './release.controller.js';

@Module({
  imports: [EngineModule],
  // before the one that takes any word behind /computers for an id
  controllers: [ActionsController, ReleaseController, ComputerExportController, ComputersController],
  providers: [
    ComputerOrigins,
    ComputerRecords,
    ComputerRemovalService,
    ComputersService,
    ComputerViews,
    DpNames,
  ],
  exports: [ComputerViews],
})
export class ComputersModule {}
