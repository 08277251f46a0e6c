import type { TraceParent } from './trace-context.js';

/** What a span says of itself. */
export interface SpanOptions {
  /** `internal` by default. */
  readonly kind?: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  /** By the semantic conventions of OpenTelemetry, and `relaypoint.*`. Never a secret, nor the name of an account. */
  readonly attributes?: Readonly<Record<string, string | number | boolean | undefined>>;
  /**
   * The trace that it belongs to, such as an order's. What led to it (`from`) becomes its parent when it is of the same
   * trace, and is linked to when it is of another one.
   */
  readonly trace?: TraceParent | undefined;
  /** What led to it; by default the span that is active. */
  readonly from?: TraceParent | undefined;
  /** Begins a trace of its own, linked to what led to it. */
  readonly isRoot?: boolean;
  /** What else led to it: the messages of a batch. */
  readonly links?: readonly TraceParent[];
  /** When it began; by default now. */
  readonly start?: Date;
}

/** A span that has begun. */
export interface OpenSpan {
  readonly trace: TraceParent;
  set(attributes: NonNullable<SpanOptions['attributes']>): void;
  /** What `work` does, it does within the span. */
  run<T>(work: () => T): T;
  /** @param failure why it came to nothing, in a few words that hold nothing of what was worked on */
  end(failure?: string, at?: Date): void;
}

/** What tells spans to a collector. There is one in a program that was told where the collector is. */
export interface SpanSink {
  open(name: string, options: SpanOptions): OpenSpan;
  active(): TraceParent | undefined;
  untraced<T>(work: () => T): T;
  /** Sends what is left, as well as it can. Never rejects. */
  close(): Promise<void>;
}

let sink: SpanSink | undefined;

/** Where spans go from now on; undefined: nowhere. */
export function useSpanSink(next: SpanSink | undefined): void {
  sink = next;
}

/** Whether spans go anywhere. */
export function isTracing(): boolean {
  return sink !== undefined;
}

/** The context of the span that is active here; undefined when nothing is traced. */
export function activeTrace(): TraceParent | undefined {
  return sink?.active();
}

/** Does `work`, and whatever comes of it later, outside of the span that is active: what serves many belongs to none of them. */
export function untraced<T>(work: () => T): T {
  return sink ? sink.untraced(work) : work();
}

/**
 * A span for whoever ends it. Undefined when nothing is traced: `options` is not even called then.
 *
 * @param name of few different ones: what is particular is an attribute
 */
export function openSpan(name: string, options: () => SpanOptions): OpenSpan | undefined {
  return sink?.open(name, options());
}

/** Does `work` within a span; when nothing is traced, just does it. */
export async function inSpan<T>(
  name: string,
  options: () => SpanOptions,
  work: (span?: OpenSpan) => Promise<T>,
): Promise<T> {
  if (!sink) return work();
  const span = sink.open(name, options());
  try {
    const result = await span.run(() => work(span));
    span.end();
    return result;
  } catch (error) {
    span.end(error instanceof Error ? error.name : 'error');
    throw error;
  }
}

/**
 * A span of something that has happened: from `options.start`, or now, until `end`, or now.
 *
 * @returns its context, for what follows from it
 */
export function recordSpan(
  name: string,
  options: () => SpanOptions & { readonly end?: Date; readonly failure?: string | undefined },
): TraceParent | undefined {
  if (!sink) return undefined;
  const { end, failure, ...given } = options();
  const span = sink.open(name, given);
  span.end(failure, end);
  return span.trace;
}
