import { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { BrokerUnavailable } from '#messaging';
import { GATEWAY_ENV, type GatewayEnv } from '../env.js';

/** What of a request and of an answer is passed on. */
const FORWARDED_REQUEST_HEADERS = ['range', 'if-range', 'if-none-match'] as const;
const FORWARDED_RESPONSE_HEADERS = [
  'content-length',
  'content-range',
  'content-type',
  'etag',
  'accept-ranges',
] as const;
/** Answers of the server that mean something to who asks; anything else is a fault between the two. */
const FORWARDED_STATUSES: readonly number[] = [200, 206, 304, 416];

/** Streams files from the server, by paths that it has signed for one download. */
@Injectable()
export class ServerFiles {
  constructor(@Inject(GATEWAY_ENV) private readonly env: GatewayEnv) {}

  /** @throws BrokerUnavailable when the server does not hand it out */
  async pass(path: string, request: FastifyRequest, reply: FastifyReply): Promise<void> {
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
