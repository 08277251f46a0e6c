import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { claimCall, reportMessage, RPC, type ClaimAnswer } from '#contract';
import { QueueController, QUEUES } from '#messaging';
import { ClaimService } from './claim.service.js';
import { StatusIntake } from './status-intake.js';

/** Reports in hand at once; the intake applies those that arrive together in one write. */
const REPORTS_PREFETCH = 400;

/** What gateways ask and tell about orders. */
@QueueController()
export class OrdersRpc {
  constructor(
    private readonly claims: ClaimService,
    private readonly intake: StatusIntake,
  ) {}

  @MessagePattern(RPC.claim, { queue: QUEUES.rpc })
  claim(@Payload() payload: unknown): Promise<ClaimAnswer> {
    return this.claims.claim(claimCall.parse(payload));
  }

  @EventPattern('report', { queue: QUEUES.status, prefetch: REPORTS_PREFETCH })
  report(@Payload() payload: unknown): Promise<void> {
    return this.intake.apply(reportMessage.parse(payload));
  }
}
