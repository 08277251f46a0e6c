import { randomUUID } from 'node:crypto';
import type { Report, ReportState } from '#contract';
import type { Journal } from '../journal/journal.js';
import type { ReportQueue } from './report-queue.js';

/** What a report says besides whose it is. */
export type ReportDetails = Partial<
  Pick<Report, 'phase' | 'percent' | 'result' | 'failure' | 'accounts' | 'facts' | 'log'>
>;

/** Makes the reports of orders, each with the next sequence number and the latest fence of its order. */
export class OrderReporter {
  /** The last report of each order that is being written: numbers are given out one after the other. */
  private readonly last = new Map<string, Promise<unknown>>();

  constructor(
    private readonly journal: Journal,
    private readonly queue: ReportQueue,
    private readonly now: () => number,
  ) {}

  /** Resolves once the report is in the journal; rejects when this DP's disk refuses it. */
  async say(
    order: string,
    attempt: number,
    state: ReportState,
    saying: ReportDetails = {},
    fence?: number,
  ): Promise<void> {
    const before = this.last.get(order) ?? Promise.resolve();
    const writing = before
      .catch(() => undefined)
      .then(() => {
        const record = this.journal.record(order);
        return this.queue.add({
          ...saying,
          report: randomUUID(),
          order,
          attempt,
          state,
          fence: fence ?? record?.fence ?? 0,
          seq: (record?.seq ?? 0) + 1,
          at: new Date(this.now()).toISOString(),
        });
      });
    this.last.set(order, writing);
    try {
      await writing;
    } finally {
      if (this.last.get(order) === writing) this.last.delete(order);
    }
  }

  /** Says again how an attempt ended, under the fence of a newer hand-over. */
  async repeat(outcome: Report, fence: number): Promise<void> {
    const { state, phase, percent, result, failure, accounts, facts, log } = outcome;
    const saying = { phase, percent, result, failure, accounts, facts, log };
    await this.say(outcome.order, outcome.attempt, state, saying, fence);
  }
}
