import {
  type ContactAnswer,
  contactCall,
  type ContactCall,
  type RegisterAnswer,
  registerCall,
  type RegisterCall,
  RPC,
} from '#contract';
import { Content, HandleCall, QueueController } from '#messaging';
import { currentTime } from '#runtime';
import { RegistrationService } from './registration.service.js';

/** Registrations and contacts that a gateway passes on. */
@QueueController()
export class ClientsRpc {
  constructor(private readonly clients: RegistrationService) {}

  @HandleCall(RPC.register)
  register(@Content(registerCall) call: RegisterCall): Promise<RegisterAnswer> {
    return this.clients.register(call, currentTime());
  }

  @HandleCall(RPC.contact)
  contact(@Content(contactCall) call: ContactCall): Promise<ContactAnswer> {
    return this.clients.contact(call, currentTime());
  }
}
