import { Module } from '@nestjs/common';
import { ImportReferences } from './import-references.js';
import { ImportsController } from './imports.controller.js';
import { ImportsService } from './imports.service.js';

@Module({
  controllers: [ImportsController],
  providers: [ImportReferences, ImportsService],
})
export class ImportsModule {}
