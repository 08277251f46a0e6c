import { Readable } from 'node:stream';
import { Controller, Get, Inject, Param, Req, Res, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { releaseFileCall, RPC } from '#contract';
import { DomainError } from '#domain';
import { BrokerUnavailable } from '#messaging';
import { GATEWAY_ENV, type GatewayEnv } from '../env.js';
import { CurrentDp, DpGuard, type CallingDp } from '../identity/dp.guard.js';
import { ServerCalls } from '../server-calls/server-calls.js';

/** What of a request and of an answer is passed on. */
const FORWARDED_REQUEST_HEADERS = ['range', 'if-range', 'if-none-match'] as const;
const FORWARDED_RESPONSE_HEADERS = [
  'content-length',
  'content-range',
  'content-type',
  'etag',
  'accept-ranges',
] as const;
/** Answers of the server that mean something to the DP; anything else is a fault between the two. */
const FORWARDED_STATUSES: readonly number[] = [200, 206, 304, 416];

/** Client release files, streamed from the server to DPs that hold an order with that release. */
@ApiTags('dp')
@ApiBearerAuth()
@Controller('dp/v1/releases')
@UseGuards(DpGuard)
export class ReleaseFilesController {
  constructor(
    private readonly server: ServerCalls,
    @Inject(GATEWAY_ENV) private readonly env: GatewayEnv,
  ) {}

  @Get(':release/files/:file')
  @ApiOkResponse({ description: 'The file; Range and ETag as RFC 9110 has them.' })
  async download(
    @CurrentDp() { identity }: CallingDp,
    @Param('release') release: string,
    @Param('file') file: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (identity.status !== 'enabled') {
      const code = identity.status === 'disabled' ? 'DP_DISABLED' : 'NOT_FOUND';
      throw new DomainError(code, 'gateway.noFiles');
    }
    const call = releaseFileCall.parse({ dp: identity.dp, release, file });
    const { path } = await this.server.call(RPC.releaseFile, call);
    const ending = new AbortController();
    reply.raw.once('close', () => ending.abort());
    const upstream = await fetch(new URL(path, this.env.SERVER_URL), {
      method: request.method,
      headers: headersToPassOn(request),
      signal: ending.signal,
    }).catch((error: unknown) => {
      throw new BrokerUnavailable(`the server does not hand out files: ${String(error)}`);
    });
    if (!FORWARDED_STATUSES.includes(upstream.status)) {
      await upstream.body?.cancel();
      throw new BrokerUnavailable(`the server answered ${upstream.status}`);
    }
    void reply.status(upstream.status);
    for (const name of FORWARDED_RESPONSE_HEADERS) {
      const value = upstream.headers.get(name);
      if (value !== null) void reply.header(name, value);
    }
    await reply.send(upstream.body ? Readable.fromWeb(upstream.body) : undefined);
  }
}

function headersToPassOn(request: FastifyRequest): Record<string, string> {
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  for (const name of FORWARDED_REQUEST_HEADERS) {
    const value = request.headers[name];
    if (typeof value === 'string') headers[name] = value;
  }
  return headers;
}
