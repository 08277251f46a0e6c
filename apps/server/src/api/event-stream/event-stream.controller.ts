import type { Caller } from '#domain';
import { type Language, LANGUAGES } from '#texts';
import { Controller, Get, Headers, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentCaller } from '../../platform/auth/current-caller.js';
import { RequirePermission } from '../../platform/auth/require-permission.js';
import { EventHub, type HeardEvent } from './event-hub.js';
import { RequestLanguage } from '../../platform/http/request-language.js';

/** Proxies end connections that are silent for longer. */
const HEARTBEAT_MS = 15_000;
/** A listener that takes nothing for so long that this much waits for it is sent away; it comes back and resumes. */
const MOST_BUFFERED = 1024 * 1024;

/** One event, as it is sent. */
const EXAMPLE = [
  'event: order',
  'id: 0198c0de-0009-7000-8000-000000000009',
  'data: {"id":"0198c0de-0004-7000-8000-000000000004","deleted":true}',
  '',
  '',
].join('\n');

@ApiTags('events')
@Controller('api/v1/events')
export class EventStreamController {
  constructor(private readonly hub: EventHub) {}

  @Get()
  @ApiOperation({
    operationId: 'streamEvents',
    summary: 'Stream changes',
    description:
      'Server-sent events that never end: `event` is computer, order, dp, import, brake or reload; `data` is the item as its list shows it, or `{"id", "deleted": true}`. With `Last-Event-ID` the stream resumes where the listener was; `reload` says that too much was missed. A comment is sent every 15 seconds.',
  })
  @RequirePermission('events.read')
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'The `id` of the last event that was heard.',
    schema: { type: 'string', maxLength: 64 },
  })
  @ApiQuery({
    name: 'lang',
    required: false,
    enum: LANGUAGES,
    description: 'Language of the texts; else Accept-Language decides.',
  })
  @ApiOkResponse({ content: { 'text/event-stream': { schema: { type: 'string' }, example: EXAMPLE } } })
  stream(
    @CurrentCaller() caller: Caller,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @RequestLanguage() language: Language,
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
      else
        raw.write(
          `event: ${event.topic}\nid: ${event.id}\ndata: ${JSON.stringify(event.data(language))}\n\n`,
        );
    };
    const { missed, stop } = this.hub.listen(caller.tenants, lastEventId, send);
    // The id of the newest event comes first, so that a listener that never heard one can resume as well
    raw.write(`retry: 2000\nid: ${this.hub.newest}\n: connected\n\n`);
    if (missed === null) send({ id: this.hub.newest, topic: 'reload', tenant: null, data: () => ({}) });
    else missed.forEach(send);
    const heartbeat = setInterval(() => raw.write(': still here\n\n'), HEARTBEAT_MS);
    request.raw.once('close', () => {
      clearInterval(heartbeat);
      stop();
    });
  }
}
