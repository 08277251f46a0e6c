import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { EventsModule } from '../events/events.module.js';
import { ImportPlaces } from './import-places.js';
import { ImportsController } from './imports.controller.js';
import { Imports } from './imports.service.js';

@Module({
  imports: [AuditModule, EventsModule],
  controllers: [ImportsController],
  providers: [ImportPlaces, Imports],
})
export class ImportsModule {}
