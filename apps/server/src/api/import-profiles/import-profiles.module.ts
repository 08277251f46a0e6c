import { Module } from '@nestjs/common';
import { ImportsModule } from '../imports/imports.module.js';
import { ImportProfilesController } from './import-profiles.controller.js';
import { ImportProfilesService } from './import-profiles.service.js';

@Module({
  imports: [ImportsModule],
  controllers: [ImportProfilesController],
  providers: [ImportProfilesService],
})
export class ImportProfilesModule {}
