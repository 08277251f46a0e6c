import { Controller, Get, Headers, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentCaller, type Caller } from '../access/caller.js';
import { Needs } from '../access/needs.js';
import { EventHub, type HeardEvent } from './event-hub.js';

/** Proxies end connections that are silent for longer. */
const HEARTBEAT_MS = 15_000;
/** A listener that takes nothing for so long that this much waits for it is sent away; it comes back and resumes. */
const MOST_BUFFERED = 1024 * 1024;

@ApiTags('events')
@Controller('api/v1/events')
export class EventStreamController {
  constructor(private readonly hub: EventHub) {}

  /**
   * Server-sent events: `event` is computer, order, dp, import, brake or reload, `data` the list item. With
   * `Last-Event-ID` it goes on where the listener was, or tells it to reload.
   */
  @Get()
  @Needs('events.read')
  @ApiProduces('text/event-stream')
  @ApiHeader({ name: 'Last-Event-ID', required: false, schema: { type: 'string', maxLength: 64 } })
  @ApiOkResponse({ schema: { type: 'string' } })
  stream(
    @CurrentCaller() caller: Caller,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): void {
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    if (request.method === 'HEAD') {
      raw.end();
      return;
    }
    const send = (event: HeardEvent): void => {
      if (raw.writableLength > MOST_BUFFERED) raw.destroy();
      else raw.write(`event: ${event.topic}\nid: ${event.id}\ndata: ${JSON.stringify(event.data)}\n\n`);
    };
    const { missed, stop } = this.hub.listen(caller.tenants, lastEventId, send);
    // The id of the newest event comes first, so that a listener that never heard one can resume as well
    raw.write(`retry: 2000\nid: ${this.hub.newest}\n: connected\n\n`);
    if (missed === null) send({ id: this.hub.newest, topic: 'reload', tenant: null, data: {} });
    else missed.forEach(send);
    const heartbeat = setInterval(() => raw.write(': still here\n\n'), HEARTBEAT_MS);
    request.raw.once('close', () => {
      clearInterval(heartbeat);
      stop();
    });
  }
}
