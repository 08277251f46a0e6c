import {
  context,
  diag,
  DiagLogLevel,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Link,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  type BatchSpanProcessorOptions,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { SamplerName } from './samplers.js';
import { parseTraceParent, traceParentOf, type TraceParent } from './trace-context.js';
import type { OpenSpan, SpanOptions, SpanSink } from './tracing.js';

/** How often it is said that a collector does not take spans. */
const COMPLAINT_EVERY_MS = 60_000;

const KINDS = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const;

/** What is to be known of a program's spans. */
export interface OtlpOptions {
  /** Its name, unless OTEL_SERVICE_NAME says another one. */
  readonly service: string;
  /** `share` counts for the samplers that take one. */
  readonly sampler: { readonly name: SamplerName; readonly share: number };
  readonly batches: Omit<BatchSpanProcessorOptions, 'exporter'>;
}

/**
 * Spans by OpenTelemetry's SDK, in batches over OTLP/HTTP. The exporter reads endpoint, headers and certificates from its own
 * variables (`OTEL_EXPORTER_OTLP_*`). Nobody else imports the SDK: it is loaded when spans are wanted.
 */
export class OtlpSpans implements SpanSink {
  private readonly provider: TracerProvider;
  private readonly tracer: Tracer;
  private readonly complain: (text: string) => void;

  /** @param log is told when the collector does not take spans */
  constructor({ service, sampler, batches }: OtlpOptions, log: { warn(text: string): void }) {
    this.complain = complaintsTo(log);
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    const named = resourceFromAttributes({ 'service.name': service, 'service.namespace': 'relaypoint' });
    this.provider = new TracerProvider({
      sampler: samplerOf(sampler),
      resource: defaultResource()
        .merge(named)
        .merge(detectResources({ detectors: [envDetector] })),
      spanProcessors: [new BatchSpanProcessor({ ...batches, exporter: new OTLPTraceExporter() })],
    });
    this.tracer = this.provider.getTracer('relaypoint');
  }

  open(name: string, { kind = 'internal', attributes = {}, start, ...options }: SpanOptions): OpenSpan {
    const { parent, links } = this.placeOf(options);
    const given = { kind: KINDS[kind], attributes, links, ...(start && { startTime: start }) };
    return new TracedSpan(this.tracer.startSpan(name, given, parent), parent);
  }

  active(): TraceParent | undefined {
    const span = trace.getSpanContext(context.active());
    return span && traceParentOf(span);
  }

  untraced<T>(work: () => T): T {
    return context.with(ROOT_CONTEXT, work);
  }

  async close(): Promise<void> {
    // what is left when a collector does not answer is as lost as what it refuses
    await this.provider.shutdown().catch((error: unknown) => this.complain(String(error)));
    context.disable();
    diag.disable();
  }

  private placeOf({
    trace: own,
    from = this.active(),
    isRoot = false,
    links = [],
  }: Pick<SpanOptions, 'trace' | 'from' | 'isRoot' | 'links'>): { parent: Context; links: Link[] } {
    const [origin, home] = [parseTraceParent(from), parseTraceParent(own)];
    const isApart = isRoot || (home !== undefined && home.traceId !== origin?.traceId);
    const parent = isRoot ? undefined : isApart ? own : from;
    const linked = [...(isApart && origin ? [traceParentOf(origin)] : []), ...links];
    return {
      parent: contextOf(parent),
      links: linked.flatMap((one) => {
        const parts = parseTraceParent(one);
        return parts ? [{ context: { ...parts, isRemote: true } }] : [];
      }),
    };
  }
}

class TracedSpan implements OpenSpan {
  readonly trace: TraceParent;

  constructor(
    private readonly span: Span,
    private readonly parent: Context,
  ) {
    this.trace = traceParentOf(span.spanContext());
  }

  set(attributes: NonNullable<SpanOptions['attributes']>): void {
    this.span.setAttributes(attributes);
  }

  run<T>(work: () => T): T {
    return context.with(trace.setSpan(this.parent, this.span), work);
  }

  end(failure?: string, at?: Date): void {
    if (failure !== undefined) {
      this.span.setAttribute('error.type', failure);
      this.span.setStatus({ code: SpanStatusCode.ERROR, message: failure });
    }
    this.span.end(at);
  }
}

function samplerOf({ name, share }: OtlpOptions['sampler']): Sampler {
  const [, isParentBased, plain] = /^(parentbased_)?(.+)$/.exec(name) ?? [];
  const root =
    plain === 'always_off'
      ? new AlwaysOffSampler()
      : plain === 'traceidratio'
        ? new TraceIdRatioBasedSampler(share)
        : new AlwaysOnSampler();
  return isParentBased ? new ParentBasedSampler({ root }) : root;
}

function contextOf(parent: TraceParent | undefined): Context {
  const parts = parseTraceParent(parent);
  return parts ? trace.setSpanContext(ROOT_CONTEXT, { ...parts, isRemote: true }) : ROOT_CONTEXT;
}

/** The SDK says nothing by itself of a collector that is away. */
function complaintsTo(log: { warn(text: string): void }): (text: string) => void {
  let last = -Infinity;
  const complain = (text: string): void => {
    const now = performance.now();
    if (now - last < COMPLAINT_EVERY_MS) return;
    last = now;
    log.warn(`spans are lost: ${text.slice(0, 300)}`);
  };
  const nothing = (): void => undefined;
  diag.setLogger(
    { error: complain, warn: complain, info: nothing, debug: nothing, verbose: nothing },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  return complain;
}
