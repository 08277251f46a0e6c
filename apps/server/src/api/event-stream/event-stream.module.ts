import { Module } from '@nestjs/common';
import { ComputersModule } from '../computers/computers.module.js';
import { DistributionPointsModule } from '../distribution-points/distribution-points.module.js';
import { RolloutsModule } from '../rollouts/rollouts.module.js';
import { EventHub } from './event-hub.js';
import { EventItems } from './event-items.js';
import { EventStreamController } from './event-stream.controller.js';

@Module({
  imports: [ComputersModule, DistributionPointsModule, RolloutsModule],
  controllers: [EventStreamController],
  providers: [EventHub, EventItems],
})
export class EventStreamModule {}
