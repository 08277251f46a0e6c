import type { ComputerState, InstallOrder, OpenOrder } from '#domain';
import { activeTrace, isTracing, recordSpan, type TraceParent } from '#runtime';

/**
 * The trace of a new order. What one request asks of one computer goes on in the request's own trace; of many computers each
 * gets a trace of its own, linked to the request: thousands of orders in one trace could be read by nobody.
 */
export function traceOfNew(
  intent: Pick<OpenOrder, 'id' | 'kind' | 'dp' | 'correlation'>,
  computer: string,
  { isOneOfMany }: { isOneOfMany: boolean },
): TraceParent | undefined {
  const { id, kind, dp, correlation } = intent;
  return recordSpan(kind === 'install-client' ? 'release' : 'action', () => ({
    isRoot: isOneOfMany,
    attributes: {
      'relaypoint.order': id,
      'relaypoint.order.kind': kind,
      'relaypoint.computer': computer,
      'relaypoint.dp': dp,
      'relaypoint.correlation': correlation,
    },
  }));
}

/** What a station of an order says of itself. */
export interface Station {
  /** What led here, such as a message; absent: only the order itself. */
  readonly from?: TraceParent | undefined;
  readonly start?: Date;
  readonly end?: Date;
  readonly failure?: string | undefined;
  readonly attributes?: Readonly<Record<string, string | number | undefined>>;
}

/**
 * A short span in an order's trace. None for an order without one: an earlier version made it, or nothing was traced then.
 *
 * @returns the span's context
 */
export function recordStation(
  name: string,
  order: Pick<InstallOrder, 'id' | 'dp' | 'computer' | 'trace'>,
  station: () => Station = () => ({}),
): TraceParent | undefined {
  const { id, dp, computer, trace } = order;
  if (trace === undefined || !isTracing()) return undefined;
  const { from = trace, attributes, ...times } = station();
  return recordSpan(name, () => ({
    ...times,
    trace,
    // never what is active here: what arrives together is worked on together
    from,
    attributes: {
      'relaypoint.order': id,
      'relaypoint.dp': dp,
      'relaypoint.computer': computer,
      ...attributes,
    },
  }));
}

/**
 * The client has shown itself; and its computer is ready, unless it has to be restarted first.
 *
 * @param state of the computer now
 */
export function recordRegistered(state: ComputerState, order: Parameters<typeof recordStation>[1]): void {
  const from = recordStation('registration', order, () => ({ from: activeTrace() }));
  if (state === 'ready') recordStation('ready', order, () => ({ from }));
}
