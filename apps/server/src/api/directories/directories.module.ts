import { Module } from '@nestjs/common';
import { DirectoriesController } from './directories.controller.js';
import { DirectoriesService } from './directories.service.js';
import { Importers } from './importers.js';

@Module({
  controllers: [DirectoriesController],
  providers: [DirectoriesService, Importers],
})
export class DirectoriesModule {}
