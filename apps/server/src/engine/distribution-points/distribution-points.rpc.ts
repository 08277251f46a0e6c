import {
  type EnrolAnswer,
  enrolCall,
  type EnrolCall,
  type IdentityAnswer,
  identityCall,
  type IdentityCall,
  type KeysAnswer,
  keysCall,
  type KeysCall,
  RPC,
} from '#contract';
import type { DpId } from '#domain';
import { Content, HandleCall, QueueController } from '#messaging';
import { currentTime } from '#runtime';
import { DpIdentityService } from './dp-identity.service.js';
import { EnrolmentService } from './enrolment.service.js';

/** What gateways ask and tell about DPs themselves. */
@QueueController()
export class DistributionPointsRpc {
  constructor(
    private readonly enrolment: EnrolmentService,
    private readonly identities: DpIdentityService,
  ) {}

  @HandleCall(RPC.identity)
  identity(@Content(identityCall) call: IdentityCall): Promise<IdentityAnswer> {
    return this.identities.identityOf(call.dp as DpId);
  }

  @HandleCall(RPC.enrol)
  enrol(@Content(enrolCall) call: EnrolCall): Promise<EnrolAnswer> {
    return this.enrolment.enrol(call, currentTime());
  }

  @HandleCall(RPC.keys)
  keys(@Content(keysCall) call: KeysCall): Promise<KeysAnswer> {
    return this.enrolment.rotate(call, currentTime());
  }
}
