import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { DirectoriesController } from './directories.controller.js';
import { Directories } from './directories.service.js';
import { Importers } from './importers.js';

@Module({
  imports: [AuditModule],
  controllers: [DirectoriesController],
  providers: [Directories, Importers],
})
export class DirectoriesModule {}
