import { Module } from '@nestjs/common';
import { DistributionPointsModule } from '../distribution-points/distribution-points.module.js';
import { EventHub } from './event-hub.js';
import { EventItems } from './event-items.js';
import { EventStreamController } from './event-stream.controller.js';

@Module({
  imports: [DistributionPointsModule],
  controllers: [EventStreamController],
  providers: [EventHub, EventItems],
})
export class EventStreamModule {}
