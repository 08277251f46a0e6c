import { randomUUID } from 'node:crypto';
import type { ForeignOrder } from '../../e2e/support/foreign-dp.ts';

/** How the work on an order ended, as its report says it. */
export type End =
  | { state: 'succeeded'; result: string; accounts?: { account: string; result: string }[] }
  | {
      state: 'failed';
      phase: string;
      log?: string;
      failure: { code: string; native?: { system: string; code: string; text: string } };
    }
  | { state: 'cancelled' };

/** A report as it goes out, and again until it is taken. */
export interface KeptReport {
  report: string;
  order: string;
  fence: number;
  attempt: number;
  seq: number;
  at: string;
  state: string;
  [field: string]: unknown;
}

export interface Entry {
  order: ForeignOrder;
  seq: number;
  /** Null: at work. */
  end: End | null;
}

/** What a DP stores: every order with its last attempt, and reports that nobody has taken yet. */
export class Journal {
  private readonly entries = new Map<string, Entry>();
  private reports: KeptReport[] = [];

  find(order: string): Entry | undefined {
    return this.entries.get(order);
  }

  /** A new order, or a new attempt at one; numbers of reports go on. */
  begin(order: ForeignOrder): Entry {
    const entry = { order, seq: this.entries.get(order.order)?.seq ?? 0, end: null };
    this.entries.set(order.order, entry);
    return entry;
  }

  get running(): { order: string; fence: number }[] {
    return [...this.entries.values()].flatMap(({ order, end }) =>
      end === null ? [{ order: order.order, fence: order.fence }] : [],
    );
  }

  /** Those that nobody has ended. */
  get unfinished(): readonly Entry[] {
    return [...this.entries.values()].filter(({ end }) => end === null);
  }

  /** Keeps a report until it is taken. */
  say(entry: Entry, state: string, fields: Record<string, unknown> = {}): void {
    const { order, fence, attempt } = entry.order;
    entry.seq += 1;
    const at = new Date().toISOString();
    this.reports.push({ report: randomUUID(), order, fence, attempt, seq: entry.seq, at, state, ...fields });
  }

  /** Nobody wants to hear of an order any more. */
  dropReports(order: string): void {
    this.reports = this.reports.filter((report) => report.order !== order);
  }

  /** Reports that nobody has taken yet, in their order. */
  unsent(most: number): readonly KeptReport[] {
    return this.reports.slice(0, most);
  }

  taken(reports: readonly KeptReport[]): void {
    const done = new Set(reports);
    this.reports = this.reports.filter((report) => !done.has(report));
  }
}
