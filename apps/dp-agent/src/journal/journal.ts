import type { OrderContext, Report, WireOrder } from '#contract';
import { z } from 'zod';
import { orderContext, wireOrder } from '../protocol/wire.js';
import { type DiskReserve, diskTrouble } from './disk-reserve.js';
import { BrokenJournal, JournalFile } from './journal-file.js';

/** What the journal knows of an order's latest attempt. */
export interface OrderRecord {
  readonly id: string;
  readonly attempt: number;
  /** Fence of the latest hand-over of this attempt. */
  readonly fence: number;
  /** Sequence number of the last report on the order. */
  readonly seq: number;
  /** The order itself, until it has ended: it holds a registration token and sealed accounts. */
  readonly order: WireOrder | null;
  /** Set before anything is started on the computer: from then on it has to be asked first. */
  readonly begun: boolean;
  /** The report that ended this attempt. */
  readonly outcome: Report | null;
  /** The lease was lost: nothing more is reported unless it is handed over again. */
  readonly lost: boolean;
  /** What its lines and reports carry, also after its end. */
  readonly context: OrderContext;
  /** When it was last changed, ISO. */
  readonly at: string;
}

const report = z.custom<Report>(
  (value) =>
    z
      .looseObject({ report: z.string(), order: z.string(), fence: z.int(), attempt: z.int(), seq: z.int() })
      .safeParse(value).success,
);
const key = { order: z.string(), attempt: z.int(), at: z.string() };
const entrySchema = z.discriminatedUnion('entry', [
  z.object({ entry: z.literal('order'), order: wireOrder, at: z.string() }),
  z.object({ entry: z.literal('fence'), ...key, fence: z.int() }),
  z.object({ entry: z.literal('begun'), ...key }),
  z.object({ entry: z.literal('lost'), ...key }),
  z.object({ entry: z.literal('report'), report }),
  z.object({ entry: z.literal('sent'), reports: z.array(z.string()) }),
  z.object({
    entry: z.literal('ended'),
    ...key,
    fence: z.int(),
    seq: z.int(),
    lost: z.boolean(),
    outcome: report.nullable(),
    // journals of earlier versions have neither
    context: orderContext.optional(),
    begun: z.boolean().optional(),
  }),
]);

/** One line of the journal. */
export type JournalEntry = z.infer<typeof entrySchema>;

const ENDED: ReadonlySet<Report['state']> = new Set(['succeeded', 'failed', 'cancelled']);
/** Ended orders are remembered longer than the server may hand them out again (order expiry: 7 days). */
const REMEMBER_DAYS = 30;
const COMPACT_BYTES = 1024 * 1024;

/**
 * What the agent must not forget: the orders it took, whether it began on them, and reports that were not stored by the
 * server yet. Every change is on disk before it counts, but for reports that the disk refuses: they are better said than lost.
 */
export class Journal {
  private readonly orders = new Map<string, OrderRecord>();
  private readonly unsent = new Map<string, Report>();

  private constructor(
    private readonly file: JournalFile,
    private readonly reserve: Pick<DiskReserve, 'spend'> | null,
  ) {}

  /**
   * Opens the journal and leaves out what is no longer needed.
   *
   * @param reserve what is given up when the disk is full; null: nothing
   * @throws BrokenJournal when it holds anything but whole entries and one unfinished last line
   */
  static async open(
    path: string,
    now: Date,
    reserve: Pick<DiskReserve, 'spend'> | null = null,
  ): Promise<Journal> {
    const { file, entries } = await JournalFile.open(path);
    const journal = new Journal(file, reserve);
    try {
      entries.forEach((entry, index) => {
        const parsed = entrySchema.safeParse(entry);
        if (!parsed.success) {
          throw new BrokenJournal(path, index + 1, `unknown entry (${parsed.error.issues[0]?.message})`);
        }
        journal.apply(parsed.data);
      });
      // on a full disk it goes on with the long one
      await journal.compact(now).catch(async (error: unknown) => {
        if (diskTrouble(error) === null) throw error;
        await reserve?.spend(error);
      });
      return journal;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** What an order's lines and reports carry; nothing where it is not known, or its server said nothing. */
  contextOf(order: string): OrderContext {
    return this.orders.get(order)?.context ?? {};
  }

  record(order: string): OrderRecord | undefined {
    return this.orders.get(order);
  }

  /** Orders taken and not ended, in the order they came. */
  unfinished(): OrderRecord[] {
    return [...this.orders.values()].filter((record) => record.order && !record.outcome && !record.lost);
  }

  /** Reports that the server has not confirmed, oldest first. */
  unsentReports(): Report[] {
    return [...this.unsent.values()];
  }

  /** Whether it knows of no order at all. */
  get isEmpty(): boolean {
    return this.orders.size === 0 && this.unsent.size === 0;
  }

  /** Puts entries on disk and then applies them; when the disk refuses, nothing has changed but for reports. */
  async write(...entries: JournalEntry[]): Promise<void> {
    const isTold = entries.every(({ entry }) => entry === 'report' || entry === 'sent');
    await this.append(entries).catch((error: unknown) => {
      if (!isTold || diskTrouble(error) === null) throw error;
    });
    for (const entry of entries) this.apply(entry);
  }

  private async append(entries: readonly JournalEntry[]): Promise<void> {
    try {
      await this.file.append(entries);
    } catch (error) {
      if (!(await this.reserve?.spend(error))) throw error;
      await this.file.append(entries);
    }
  }

  /** Writes the journal anew when it has grown and most of it is past. Nothing else may be written meanwhile. */
  async compactWhenLarge(now: Date): Promise<void> {
    if (this.file.length > COMPACT_BYTES) await this.compact(now);
  }

  close(): Promise<void> {
    return this.file.close();
  }

  private async compact(now: Date): Promise<void> {
    const oldest = new Date(now.getTime() - REMEMBER_DAYS * 86_400_000).toISOString();
    for (const [id, record] of this.orders) {
      if ((record.outcome || record.lost) && record.at < oldest) this.orders.delete(id);
    }
    await this.file.rewrite([...this.snapshot()]);
  }

  private *snapshot(): Generator<JournalEntry> {
    for (const {
      id,
      attempt,
      at,
      fence,
      seq,
      order,
      begun,
      outcome,
      lost,
      context,
    } of this.orders.values()) {
      yield { entry: 'ended', order: id, attempt, at, fence, seq, lost, outcome, context, begun };
      if (!order || outcome || lost) continue;
      yield { entry: 'order', order: { ...order, fence }, at };
      if (begun) yield { entry: 'begun', order: id, attempt, at };
    }
    for (const pending of this.unsent.values()) yield { entry: 'report', report: pending };
  }

  private apply(entry: JournalEntry): void {
    switch (entry.entry) {
      case 'order': {
        const { order: id, attempt, fence } = entry.order;
        const before = this.orders.get(id);
        const seq = before?.seq ?? 0;
        const fresh = {
          id,
          attempt,
          fence,
          seq,
          order: entry.order,
          // one that was lost and comes again is the same attempt
          begun: before?.attempt === attempt && before.begun,
          outcome: null,
          lost: false,
          context: contextOf(entry.order),
        };
        this.orders.set(id, { ...fresh, at: entry.at });
        return;
      }
      case 'ended': {
        const { order: id, attempt, at, fence, seq, lost, outcome, context = {}, begun = false } = entry;
        const past = { id, attempt, at, fence, seq, lost, outcome, context };
        this.orders.set(id, { ...past, order: null, begun });
        return;
      }
      case 'fence':
        this.change(entry, { fence: entry.fence, lost: false });
        return;
      case 'begun':
        this.change(entry, { begun: true });
        return;
      case 'lost':
        this.change(entry, { lost: true });
        return;
      case 'report': {
        const { report: said } = entry;
        this.unsent.set(said.report, said);
        const over = ENDED.has(said.state);
        this.change(
          { order: said.order, attempt: said.attempt, at: said.at },
          { seq: said.seq, ...(over ? { outcome: said, order: null } : {}) },
        );
        return;
      }
      case 'sent':
        for (const id of entry.reports) this.unsent.delete(id);
    }
  }

  private change(of: { order: string; attempt: number; at: string }, changes: Partial<OrderRecord>): void {
    const record = this.orders.get(of.order);
    if (record?.attempt === of.attempt) this.orders.set(of.order, { ...record, ...changes, at: of.at });
  }
}

function contextOf({ correlation, traceparent }: WireOrder): OrderContext {
  return { ...(correlation && { correlation }), ...(traceparent && { traceparent }) };
}
