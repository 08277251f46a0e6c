import { Module } from '@nestjs/common';
import { EngineModule } from '../../engine/engine.module.js';
import { SettingsChangesService } from './settings-changes.service.js';
import { SettingsTargetResolver } from './settings-target-resolver.js';
import { SettingsController } from './settings.controller.js';

/** Reading and changing settings; looking them up is part of the platform. */
@Module({
  imports: [EngineModule],
  controllers: [SettingsController],
  providers: [SettingsChangesService, SettingsTargetResolver],
})
export class SettingsApiModule {}
