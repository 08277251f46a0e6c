import { Module } from '@nestjs/common';
import { EngineModule } from '../../engine/engine.module.js';
import { ClientReleasesController } from './client-releases.controller.js';
import { ClientReleasesService } from './client-releases.service.js';
import { ReleaseFilesController } from './release-files.controller.js';

@Module({
  imports: [EngineModule],
  controllers: [ClientReleasesController, ReleaseFilesController],
  providers: [ClientReleasesService],
})
export class ClientReleasesModule {}
