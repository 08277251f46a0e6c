import { EventPattern } from '@nestjs/microservices';
import { sightingsMessage, type SightingsMessage } from '#contract';
import { Content, QueueController, QUEUES } from '#messaging';
import { currentTime } from '#runtime';
import { HeartbeatsService } from './heartbeats.service.js';

/** What gateways tell of DPs that have asked them for work. */
@QueueController()
export class HeartbeatsConsumer {
  constructor(private readonly heartbeats: HeartbeatsService) {}

  @EventPattern('sightings', { queue: QUEUES.status })
  noteSightings(@Content(sightingsMessage) message: SightingsMessage): Promise<void> {
    return this.heartbeats.note(message, currentTime());
  }
}
