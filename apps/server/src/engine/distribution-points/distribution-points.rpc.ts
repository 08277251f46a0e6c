import {
  type EnrolAnswer,
  enrolCall,
  type EnrolCall,
  type IdentityAnswer,
  identityCall,
  type IdentityCall,
  type KeysAnswer,
  keysCall,
  type ProofAnswer,
  proofCall,
  type ProofRequest,
  type KeysCall,
  queueCall,
  type QueueCall,
  RPC,
} from '#contract';
import type { DpId } from '#domain';
import { Content, HandleCall, OrderQueues, QueueController } from '#messaging';
import { currentTime } from '#runtime';
import { DpIdentityService } from './dp-identity.service.js';
import { EnrolmentService } from './enrolment.service.js';

/** What gateways ask and tell about DPs themselves. */
@QueueController()
export class DistributionPointsRpc {
  constructor(
    private readonly enrolment: EnrolmentService,
    private readonly identities: DpIdentityService,
    private readonly queues: OrderQueues,
  ) {}

  @HandleCall(RPC.identity)
  identity(@Content(identityCall) call: IdentityCall): Promise<IdentityAnswer> {
    return this.identities.identityOf(call.dp as DpId);
  }

  /** @throws DomainError NOT_FOUND: nobody gets queues made for names that are no DP's */
  @HandleCall(RPC.queue)
  async queue(@Content(queueCall) { dp }: QueueCall): Promise<null> {
    const { dp: known } = await this.identities.identityOf(dp as DpId);
    await this.queues.declare(known);
    return null;
  }

  @HandleCall(RPC.enrol)
  enrol(@Content(enrolCall) call: EnrolCall): Promise<EnrolAnswer> {
    return this.enrolment.enrol(call, currentTime());
  }

  @HandleCall(RPC.proof)
  proof(@Content(proofCall) call: ProofRequest): Promise<ProofAnswer> {
    return this.identities.prove(call.nonce, currentTime());
  }

  @HandleCall(RPC.keys)
  keys(@Content(keysCall) call: KeysCall): Promise<KeysAnswer> {
    return this.enrolment.rotate(call, currentTime());
  }
}
