import { MessagePattern, Payload } from '@nestjs/microservices';
import { contactCall, registerCall, RPC, type ContactAnswer, type RegisterAnswer } from '#contract';
import { QueueController, QUEUES } from '#messaging';
import { ClientsService } from './clients.service.js';

/** Registrations and contacts that a gateway passes on. */
@QueueController()
export class ClientsRpc {
  constructor(private readonly clients: ClientsService) {}

  @MessagePattern(RPC.register, { queue: QUEUES.rpc })
  register(@Payload() payload: unknown): Promise<RegisterAnswer> {
    return this.clients.register(registerCall.parse(payload), new Date());
  }

  @MessagePattern(RPC.contact, { queue: QUEUES.rpc })
  contact(@Payload() payload: unknown): Promise<ContactAnswer> {
    return this.clients.contact(contactCall.parse(payload), new Date());
  }
}
