/**
 * W3C trace context of a span, as the header `traceparent` carries it. It travels in messages, stands on orders and goes to
 * DPs and back; `tracestate`, which belongs to whoever sent a request, does not go that far.
 */
export type TraceParent = string;

/** The parts of a {@link TraceParent}. */
export interface TraceParts {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** 16 lower-case hex digits. */
  readonly spanId: string;
  readonly traceFlags: number;
}

const PATTERN = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const NO_ID = /^0+$/;

/** The parts of a version 00 header; undefined for anything else, which counts as no context. */
export function parseTraceParent(text: unknown): TraceParts | undefined {
  const [, traceId = '', spanId = '', flags = ''] =
    typeof text === 'string' ? (PATTERN.exec(text) ?? []) : [];
  if (traceId === '' || NO_ID.test(traceId) || NO_ID.test(spanId)) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) };
}

export function traceParentOf({ traceId, spanId, traceFlags }: TraceParts): TraceParent {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}

/** The context in a message's or a request's headers, if it has one that is well formed. */
export function traceParentIn(
  headers: Readonly<Record<string, unknown>> | undefined,
): TraceParent | undefined {
  const given = headers?.['traceparent'];
  return typeof given === 'string' && parseTraceParent(given) ? given : undefined;
}
