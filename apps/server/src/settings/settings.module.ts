import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { EventsModule } from '../events/events.module.js';
import { SettingsChanges } from './settings-changes.service.js';
import { SettingsPlaces } from './settings-places.js';
import { SettingsController } from './settings.controller.js';
import { SettingsService } from './settings.service.js';

@Module({
  imports: [AuditModule, EventsModule],
  controllers: [SettingsController],
  providers: [SettingsChanges, SettingsPlaces, SettingsService],
  exports: [SettingsService],
})
export class SettingsModule {}
