import type { ReportMessage } from '#contract';
import { type InstallOrder, isFinal } from '#domain';
import { isTracing, type TraceParent } from '#runtime';
import { recordStation } from '../orders/order-trace.js';

/** A report, and the trace that it came with. */
export interface TracedReport {
  readonly message: ReportMessage;
  readonly from: TraceParent | undefined;
}

/** What was told last of an attempt. */
interface Told {
  readonly fence: number;
  readonly phase: string | null;
  readonly at: Date;
}

/**
 * Tells the reports of one order as spans: each report itself, and each phase of the DP's work from the report that began it
 * to the next one. The DP tells no spans itself: its collector would have to be reachable from every site, and its reports
 * have the times already. They are by the DP's clock, which a gateway lets differ by a minute at most.
 *
 * @param before the order as it was before these reports
 * @param reports those that counted, in the order in which they were made
 */
export function recordReports(before: InstallOrder, reports: readonly TracedReport[]): void {
  if (before.trace === undefined || !isTracing()) return;
  let last: Told | null = before.lastReport;
  for (const { message, from } of reports) {
    const { report } = message;
    const { phase, fence, seq, state, failure } = report;
    if (fence !== before.fence) continue;
    const at = new Date(report.at);
    // of an order that has ended no report is kept: its last phase lasts until the DP's last word
    const isOver = isFinal(before.state) && (state === 'accepted' || state === 'progress');
    if (!isOver && last?.phase && last.fence === fence && last.at <= at)
      recordPhase(before, last, at, failure?.code);
    recordStation(`report ${state}`, before, () => ({
      from,
      failure: failure?.code,
      attributes: {
        'relaypoint.fence': fence,
        'relaypoint.report.seq': seq,
        'relaypoint.phase': phase ?? undefined,
        'relaypoint.result': report.result ?? undefined,
      },
    }));
    if (!isOver) last = { fence, phase: phase ?? null, at };
  }
}

function recordPhase(order: InstallOrder, { phase, at, fence }: Told, end: Date, failure?: string): void {
  recordStation(`phase ${phase}`, order, () => ({
    start: at,
    end,
    failure,
    attributes: { 'relaypoint.phase': phase ?? undefined, 'relaypoint.fence': fence },
  }));
}
