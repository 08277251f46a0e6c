import { Module } from '@nestjs/common';
import { EngineModule } from '../../engine/engine.module.js';
import { DirectoriesController } from './directories.controller.js';
import { DirectoriesService } from './directories.service.js';
import { Importers } from './importers.js';

@Module({
  imports: [EngineModule],
  controllers: [DirectoriesController],
  providers: [DirectoriesService, Importers],
})
export class DirectoriesModule {}
