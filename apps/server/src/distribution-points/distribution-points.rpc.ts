import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import {
  enrolCall,
  identityCall,
  keysCall,
  RPC,
  sightingsMessage,
  type EnrolAnswer,
  type IdentityAnswer,
  type KeysAnswer,
} from '#contract';
import type { DpId } from '#domain';
import { QueueController, QUEUES } from '#messaging';
import { Enrolment } from './enrolment.service.js';
import { Sightings } from './sightings.service.js';

/** What gateways ask and tell about DPs themselves. */
@QueueController()
export class DistributionPointsRpc {
  constructor(
    private readonly enrolment: Enrolment,
    private readonly sightings: Sightings,
  ) {}

  @MessagePattern(RPC.identity, { queue: QUEUES.rpc })
  identity(@Payload() payload: unknown): Promise<IdentityAnswer> {
    return this.enrolment.identity(identityCall.parse(payload).dp as DpId);
  }

  @MessagePattern(RPC.enrol, { queue: QUEUES.rpc })
  enrol(@Payload() payload: unknown): Promise<EnrolAnswer> {
    return this.enrolment.enrol(enrolCall.parse(payload), new Date());
  }

  @MessagePattern(RPC.keys, { queue: QUEUES.rpc })
  keys(@Payload() payload: unknown): Promise<KeysAnswer> {
    return this.enrolment.rotate(keysCall.parse(payload), new Date());
  }

  @EventPattern('sightings', { queue: QUEUES.status })
  noteSightings(@Payload() payload: unknown): Promise<void> {
    return this.sightings.note(sightingsMessage.parse(payload));
  }
}
