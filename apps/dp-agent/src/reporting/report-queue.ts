import type { OrderContext, Report } from '#contract';
import { Backoff, pause } from '../base/backoff.js';
import type { GatewayClient } from '../protocol/gateway-client.js';
import type { Journal } from '../journal/journal.js';
import type { Log } from '../base/log.js';

const BATCH = 100;
/** Bytes of JSON in one call, well below the gateway's limit of 4 MiB (docs/dp-protocol.md). */
const BATCH_BYTES = 512 * 1024;
/**
 * Refusals of the gateway itself that are about what was sent. Anything else is about us, the gateway or whatever stands on
 * the way to it, and passes.
 */
const FAULTY = new Set([400, 409, 413, 422]);

/**
 * Sends reports until the server has stored them. They stay in the journal until the gateway's 202, in the order they
 * were made on an order; one that the gateway itself refuses is found by halving, logged and dropped, and never holds up the others.
 */
export class ReportQueue {
  private readonly backoff = new Backoff();
  private wake = new AbortController();

  constructor(
    private readonly journal: Journal,
    private readonly gateway: GatewayClient,
    private readonly log: Log,
  ) {}

  /** Journals a report (see {@link Journal.write}) and has it sent soon. */
  async add(report: Report): Promise<void> {
    await this.journal.write({ entry: 'report', report });
    this.wake.abort();
  }

  /** Sends until aborted. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.wake.signal.aborted) this.wake = new AbortController();
      const batch = this.nextBatch();
      if (batch.length === 0) {
        await pause(3600, signal, this.wake.signal);
        continue;
      }
      const wait = await this.send(batch, signal);
      if (wait === null) this.backoff.reset();
      // a new report does not shorten the pause: the gateway asked for it
      else await pause(this.backoff.next(wait), signal);
    }
  }

  /** Sends what is there once, for an orderly end; leaves the rest in the journal. */
  async flush(signal: AbortSignal): Promise<void> {
    for (let batch = this.nextBatch(); batch.length > 0 && !signal.aborted; batch = this.nextBatch()) {
      if ((await this.send(batch, signal)) !== null) return;
    }
  }

  /** The oldest, and those that go with it: a call has one correlation, and so do the reports of one order. */
  private nextBatch(): Report[] {
    const batch: Report[] = [];
    let bytes = 0;
    for (const report of this.journal.unsentReports()) {
      if (batch[0] && this.correlationOf(report) !== this.correlationOf(batch[0])) continue;
      bytes += Buffer.byteLength(JSON.stringify(report));
      if (batch.length === BATCH || (batch.length > 0 && bytes > BATCH_BYTES)) break;
      batch.push(report);
    }
    return batch;
  }

  private correlationOf({ order }: Report): string | undefined {
    return this.journal.contextOf(order).correlation;
  }

  /** Orders that were asked for by one request may each have a trace of their own. */
  private contextOf(batch: readonly Report[]): OrderContext {
    const [first = {}, ...others] = batch.map(({ order }) => this.journal.contextOf(order));
    const { correlation, traceparent } = first;
    return others.every((other) => other.traceparent === traceparent) ? first : { correlation };
  }

  /** @returns null when all of them are dealt with, else how many seconds the gateway wants to be left alone */
  private async send(batch: Report[], signal: AbortSignal): Promise<number | null> {
    const answer = await this.gateway.reports({ reports: batch }, signal, this.contextOf(batch));
    if (answer.kind === 'ok') {
      await this.journal.write({ entry: 'sent', reports: batch.map((report) => report.report) });
      return null;
    }
    if (answer.kind === 'away') {
      this.log.warn('reports not taken yet', { reports: batch.length, reason: answer.reason });
      return answer.retryAfter;
    }
    if (!answer.isOwn || !FAULTY.has(answer.status)) {
      const { status, code, detail, isOwn } = answer;
      const by = isOwn ? 'gateway' : 'something on the way';
      this.log.warn('reports refused, they are kept', { reports: batch.length, status, by, code, detail });
      return 0;
    }
    const [first] = batch;
    if (batch.length === 1 && first) {
      this.log.error('report dropped, the gateway refuses it', {
        report: first.report,
        order: first.order,
        correlation: this.correlationOf(first),
        state: first.state,
        code: answer.code,
        detail: answer.detail,
      });
      await this.journal.write({ entry: 'sent', reports: [first.report] });
      return null;
    }
    const middle = batch.length >> 1;
    return (
      (await this.send(batch.slice(0, middle), signal)) ?? (await this.send(batch.slice(middle), signal))
    );
  }
}
