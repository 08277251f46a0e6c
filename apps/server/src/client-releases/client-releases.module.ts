import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { KeysModule } from '../keys/keys.module.js';
import { ClientReleasesController } from './client-releases.controller.js';
import { ClientReleases } from './client-releases.service.js';
import { ReleaseFilesController, ReleaseFilesRpc } from './release-files.controller.js';
import { ReleaseFiles } from './release-files.service.js';

@Module({
  imports: [AuditModule, KeysModule],
  controllers: [ClientReleasesController, ReleaseFilesController, ReleaseFilesRpc],
  providers: [ClientReleases, ReleaseFiles],
})
export class ClientReleasesModule {}
