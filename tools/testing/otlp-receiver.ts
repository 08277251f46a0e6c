import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { WireMessage } from './protobuf.js';

/** A span as it was received. */
export interface ReceivedSpan {
  /** `service.name` of whoever told it. */
  service: string;
  name: string;
  /** Hex. */
  traceId: string;
  spanId: string;
  /** Empty: it began the trace. */
  parentId: string;
  kind: 'unspecified' | 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  /** Nanoseconds. */
  start: bigint;
  end: bigint;
  isError: boolean;
  attributes: Record<string, string | number | boolean>;
  /** The spans that it is linked to. */
  links: { traceId: string; spanId: string }[];
}

const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
const ERROR = 2n;

/**
 * The receiving end of OTLP/HTTP, as a collector has it: takes the official exporter's Protocol Buffers messages
 * (opentelemetry-proto, `ExportTraceServiceRequest`) and keeps what they hold.
 */
export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  /** Authorization of each call. */
  readonly authorizations: (string | undefined)[] = [];
  /** What was wrong with calls, for the tests to see. */
  readonly faults: string[] = [];

  private constructor(private readonly http: Server) {}

  static async start(): Promise<OtlpReceiver> {
    const http = createServer();
    const receiver = new OtlpReceiver(http);
    http.on('request', (request, response) => void receiver.take(request, response));
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  get url(): string {
    return `http://127.0.0.1:${(this.http.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.http.closeAllConnections();
    await new Promise((resolve) => this.http.close(resolve));
  }

  /** All spans of a trace, in the order of their beginnings. */
  ofTrace(traceId: string): ReceivedSpan[] {
    return this.spans
      .filter((span) => span.traceId === traceId)
      .toSorted((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { headers, url } = request;
    this.authorizations.push(headers.authorization);
    try {
      if (url !== '/v1/traces' || headers['content-type'] !== 'application/x-protobuf')
        throw new Error(`${url} with ${headers['content-type']}`);
      const body = Buffer.concat(parts);
      this.spans.push(...spansOf(headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body));
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    } catch (error) {
      this.faults.push(String(error));
      response.writeHead(400).end();
    }
  }
}

function spansOf(body: Buffer): ReceivedSpan[] {
  return new WireMessage(body).messages(1).flatMap((ofResource) => {
    const [resource] = ofResource.messages(1);
    const service = String(resource ? attributesOf(resource, 1)['service.name'] : '');
    return ofResource.messages(2).flatMap((scope) => scope.messages(2).map((span) => spanOf(span, service)));
  });
}

function spanOf(span: WireMessage, service: string): ReceivedSpan {
  const [status] = span.messages(15);
  return {
    service,
    name: span.text(5),
    traceId: span.hex(1),
    spanId: span.hex(2),
    parentId: span.hex(4),
    kind: KINDS[Number(span.number(6))] ?? 'unspecified',
    start: span.number(7),
    end: span.number(8),
    isError: status?.number(3) === ERROR,
    attributes: attributesOf(span, 9),
    links: span.messages(13).map((link) => ({ traceId: link.hex(1), spanId: link.hex(2) })),
  };
}

function attributesOf(message: WireMessage, field: number): ReceivedSpan['attributes'] {
  return Object.fromEntries(
    message.messages(field).map((entry) => {
      const [value] = entry.messages(2);
      return [entry.text(1), value ? valueOf(value) : ''];
    }),
  );
}

function valueOf(value: WireMessage): string | number | boolean {
  if (value.has(2)) return value.number(2) === 1n;
  if (value.has(3)) return Number(value.number(3));
  if (value.has(4)) return value.double(4);
  return value.text(1);
}
