import { Ctx, RmqContext } from '@nestjs/microservices';
import type { ConsumeMessage } from 'amqplib';
import {
  type ClaimAnswer,
  claimCall,
  type ClaimCall,
  returnLeasesCall,
  type ReturnLeasesCall,
  RPC,
} from '#contract';
import { Content, deadlineOf, HandleCall, QueueController } from '#messaging';
import { currentTime } from '#runtime';
import { ClaimService } from './claim.service.js';

/** What gateways ask about orders: which ones a poll gets, and that an answer did not reach its DP. */
@QueueController()
export class ClaimRpc {
  constructor(private readonly claims: ClaimService) {}

  @HandleCall(RPC.claim)
  claim(@Content(claimCall) call: ClaimCall, @Ctx() context: RmqContext): Promise<ClaimAnswer> {
    const message = context.getMessage() as ConsumeMessage;
    return this.claims.claim(call, deadlineOf(message));
  }

  /** Answers that could not be delivered. */
  @HandleCall(RPC.returnLeases)
  async returnLeases(@Content(returnLeasesCall) call: ReturnLeasesCall): Promise<null> {
    await this.claims.returnLeases(call, currentTime());
    return null;
  }
}
