import { Module } from '@nestjs/common';
import { SettingsModule } from '../settings/settings.module.js';
import { OverviewController } from './overview.controller.js';

@Module({ imports: [SettingsModule], controllers: [OverviewController] })
export class OverviewModule {}
