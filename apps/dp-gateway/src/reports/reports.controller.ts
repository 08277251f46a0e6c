import { Body, Controller, HttpCode, Logger, Post, Req, UseGuards } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import { ApiAcceptedResponse, ApiBearerAuth, ApiBody, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { reportsRequest, type ReportMessage, type ReportsAnswer, type ReportsRequest } from '#contract';
import { EventSender, QUEUES } from '#messaging';
import { currentTime } from '#runtime';
import { RateLimits } from '../http/rate-limits.js';
import { callerKey } from '../identity/identity-cache.js';
import { CurrentDp, DpGuard, type CallingDp } from '../identity/dp.guard.js';

@ApiTags('dp')
@ApiBearerAuth()
@Controller('dp/v1')
@UseGuards(DpGuard)
export class ReportsController {
  private readonly log = new Logger(ReportsController.name);

  constructor(
    private readonly events: EventSender,
    private readonly limits: RateLimits,
  ) {}

  /**
   * Takes status reports. The answer comes when the broker has confirmed all of them; otherwise the DP keeps and repeats
   * them, which harms nothing. A disabled DP may still report.
   */
  @Post('reports')
  @HttpCode(202)
  @RouteSchema({ body: reportsRequest.schema })
  @ApiBody({ schema: reportsRequest.schema as object })
  @ApiAcceptedResponse({ description: 'All are stored; they are applied soon.' })
  async report(
    @CurrentDp() { identity }: CallingDp,
    @Body() body: ReportsRequest,
    @Req() request: FastifyRequest,
  ): Promise<ReportsAnswer> {
    await this.limits.admit('reports', callerKey(identity));
    const receivedAt = currentTime().toISOString();
    await Promise.all(
      body.reports.map((report) => {
        const message: ReportMessage = { v: 1, dp: identity.dp, receivedAt, correlation: request.id, report };
        return this.events.send(QUEUES.status, 'report', message, {
          messageId: report.report,
          correlationId: request.id,
        });
      }),
    );
    for (const { order, fence, state, phase } of body.reports) {
      const facts = {
        order,
        dp: identity.dp,
        fence,
        state,
        ...(phase && { phase }),
        correlation: request.id,
      };
      this.log.log(facts, 'report taken');
    }
    return { accepted: body.reports.length };
  }
}
