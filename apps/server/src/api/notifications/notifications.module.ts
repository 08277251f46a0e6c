import { Module } from '@nestjs/common';
import { EngineModule } from '../../engine/engine.module.js';
import { DeliveriesController } from './deliveries.controller.js';
import { DeliveriesService } from './deliveries.service.js';
import { NotificationTargetsController } from './notification-targets.controller.js';
import { NotificationTargetsService } from './notification-targets.service.js';
import { PreferencesController } from './preferences.controller.js';
import { PreferencesService } from './preferences.service.js';

/** Who is told of what, and what came of it. */
@Module({
  imports: [EngineModule],
  controllers: [DeliveriesController, NotificationTargetsController, PreferencesController],
  providers: [DeliveriesService, NotificationTargetsService, PreferencesService],
})
export class NotificationsModule {}
