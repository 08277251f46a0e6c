import type { OrderFence, WireOrder } from '#contract';
import type { Identity } from '../config/identity.js';
import { verifyOrder } from '#sealing';
import { pause } from '../base/backoff.js';
import { StopControl, type StopSignals } from '../computer/method.js';
import type { DiskReserve } from '../journal/disk-reserve.js';
import type { NativeSign } from '../failures/failure.js';
import type { OrderRecord } from '../journal/journal.js';
import { messageOf } from '../base/log.js';
import { OrderExecution, type OrderExecutionParts } from './order-execution.js';
import { orderHead, type UnverifiedPollAnswer, wireOrder } from '../protocol/wire.js';
import { hostNameOf } from '../computer/reach.js';

interface Working {
  readonly attempt: number;
  readonly control: StopControl;
  readonly done: Promise<void>;
}

/** Seconds until work is tried again that this DP's own disk did not let it do. */
const RETRY_AFTER_DISK = 30;

/**
 * Decides what to do with what a poll brings: takes new orders into the journal and works on them, answers for those it
 * knows, stops what is cancelled or lost. An order and attempt that the journal knows is never started a second time.
 */
export class OrderManager {
  private readonly working = new Map<string, Working>();
  private readonly queue: (() => void)[] = [];
  private busy = 0;
  private resumed = false;

  constructor(
    private readonly identity: Pick<Identity, 'dp' | 'serverPublicKey'>,
    private readonly parts: OrderExecutionParts,
    private readonly concurrency: number,
    private readonly reserve: Pick<DiskReserve, 'trouble' | 'recover'>,
    /** Called whenever an order has ended here. */
    private readonly onEnd: () => void,
  ) {}

  /** Orders that could be started now. */
  capacity(): number {
    if (this.reserve.trouble) return 0;
    return Math.max(0, this.concurrency - this.working.size);
  }

  /** Orders whose leases are to be renewed. */
  running(): OrderFence[] {
    return this.parts.journal.unfinished().map(({ id, fence }) => ({ order: id, fence }));
  }

  /** Deals with a poll's answer; resolves when everything in it is journalled. */
  async take(answer: UnverifiedPollAnswer): Promise<void> {
    await this.reserve.recover();
    for (const { order, fence } of answer.lost) await this.lose(order, fence);
    if (!this.resumed) {
      // only now is it known which orders of the last run are still this DP's
      this.resumed = true;
      for (const record of this.parts.journal.unfinished()) this.start(record, 'resumed');
    }
    for (const { order, fence } of answer.cancel) await this.cancel(order, fence);
    for (const signed of answer.orders) await this.accept(signed);
  }

  /** Ends all work: what runs may go on for `grace` seconds, then it is left to the next start of the agent. */
  async end(grace: number): Promise<void> {
    const all = Promise.all([...this.working.values()].map((work) => work.done));
    const over = new AbortController();
    await Promise.race([all, pause(grace, over.signal)]);
    over.abort();
    for (const work of this.working.values()) work.control.stop('ending');
    await all;
  }

  private async accept(signed: { order: unknown; signature: string }): Promise<void> {
    const { journal, reporter, log, now } = this.parts;
    const refusal = this.refusalOf(signed);
    const parsed = wireOrder.safeParse(signed.order);
    if (refusal || !parsed.success) {
      await this.refuse(signed.order, refusal ?? 'it is not an order of this protocol');
      return;
    }
    const order = parsed.data;
    const leaving = this.working.get(order.order);
    // while what was lost comes to its end it counts as being worked on, and nobody would take up this hand-over
    if (leaving?.control.leave.reason === 'lost') await leaving.done;
    const known = journal.record(order.order);
    const names = {
      order: order.order,
      attempt: order.attempt,
      fence: order.fence,
      computer: hostNameOf(order),
      correlation: order.correlation,
    };
    const at = new Date(now()).toISOString();
    if (this.reserve.trouble && known?.attempt !== order.attempt) {
      await this.sendBack(order, this.reserve.trouble);
      return;
    }
    if (
      known &&
      (known.attempt > order.attempt || (known.attempt === order.attempt && known.fence > order.fence))
    ) {
      log.warn('an older hand-over of an order came late, ignored', names);
      return;
    }
    if (known?.attempt === order.attempt) {
      if (known.outcome) {
        log.info('order known, its outcome is said again', names);
        await journal.write({
          entry: 'fence',
          order: order.order,
          attempt: order.attempt,
          fence: order.fence,
          at,
        });
        await reporter.repeat(known.outcome, order.fence);
        return;
      }
      // the same hand-over again keeps what was begun; after a loss the order itself may be gone from the journal
      if (known.order) {
        await journal.write({
          entry: 'fence',
          order: order.order,
          attempt: order.attempt,
          fence: order.fence,
          at,
        });
      } else {
        await journal.write({ entry: 'order', order, at });
      }
    } else {
      const before = this.working.get(order.order);
      if (before) {
        // the server has given up on the earlier attempt
        before.control.stop('lost');
        await before.done;
      }
      try {
        await journal.write({ entry: 'order', order, at });
      } catch (error) {
        if (!this.reserve.trouble) throw error;
        await this.sendBack(order, this.reserve.trouble);
        return;
      }
    }
    log.info('order accepted', { ...names, kind: order.kind });
    await reporter.say(order.order, order.attempt, 'accepted');
    const record = journal.record(order.order);
    if (record && !this.working.has(order.order)) this.start(record, 'new');
  }

  /** Why an order is not trusted; null when the server has signed it for this DP. */
  private refusalOf({ order, signature }: { order: unknown; signature: string }): string | null {
    if (!verifyOrder(this.identity.serverPublicKey, order, signature))
      return 'the signature is not by the pinned server key';
    const addressee = typeof order === 'object' && order !== null && 'dp' in order ? order.dp : undefined;
    return addressee === this.identity.dp ? null : 'the order is for another DP';
  }

  /** What cannot be journalled is not begun. */
  private async sendBack(
    { order, attempt, fence, correlation }: Pick<WireOrder, 'order' | 'attempt' | 'fence' | 'correlation'>,
    native: NativeSign,
  ): Promise<void> {
    const failure = { code: 'DP_INTERNAL', native };
    this.parts.log.error('order not taken', { order, attempt, reason: native.text, correlation });
    await this.parts.reporter.say(order, attempt, 'failed', { phase: 'deliver', failure }, fence);
  }

  private async refuse(order: unknown, why: string): Promise<void> {
    const head = orderHead.safeParse(order);
    this.parts.log.error('order refused', { order: head.success ? head.data.order : '?', reason: why });
    if (!head.success) return;
    const { order: id, attempt, fence } = head.data;
    // never into the journal's orders: a forged one must not stand for a true one
    const failure = { code: 'DP_INTERNAL', native: { system: 'dp', code: 'ORDER_REFUSED', text: why } };
    await this.parts.reporter.say(id, attempt, 'failed', { phase: 'deliver', failure }, fence);
  }

  private async lose(order: string, fence: number): Promise<void> {
    const record = this.parts.journal.record(order);
    // a hand-over that is newer than what the gateway speaks of is still held
    if (!record?.order || record.outcome || record.fence > fence) return;
    const { correlation } = record.context;
    this.parts.log.warn('lease lost, the order is left', { order, fence, correlation });
    const at = new Date(this.parts.now()).toISOString();
    await this.parts.journal.write({ entry: 'lost', order, attempt: record.attempt, at });
    const work = this.working.get(order);
    if (work) work.control.stop('lost');
  }

  private async cancel(order: string, fence: number): Promise<void> {
    const { journal, reporter, log } = this.parts;
    const { correlation } = journal.contextOf(order);
    const work = this.working.get(order);
    if (work) {
      if (!work.control.signal.aborted) log.info('order to be cancelled', { order, fence, correlation });
      work.control.stop('cancel');
      return;
    }
    const record = journal.record(order);
    if (record?.outcome) {
      const said = journal.unsentReports().some((report) => report.order === order && report.fence >= fence);
      if (!said) await reporter.repeat(record.outcome, Math.max(fence, record.fence));
      return;
    }
    // never seen here, or left: nothing of it runs by this DP's doing, and there is no attempt to speak of
    log.info('an order that is not known here was cancelled', { order, fence });
  }

  private start(record: OrderRecord, why: 'new' | 'resumed'): void {
    const { order } = record;
    if (!order) return;
    const control = new StopControl();
    const { correlation } = record.context;
    const facts = { order: record.id, attempt: record.attempt, begun: record.begun, correlation };
    if (why === 'resumed') this.parts.log.info('order resumed, its computer is looked at first', facts);
    const done = this.inTurn(control.leave, () => this.retryUntilDone(record.id, control)).finally(() => {
      if (this.working.get(record.id)?.control === control) this.working.delete(record.id);
      this.onEnd();
    });
    this.working.set(record.id, { attempt: record.attempt, control, done });
  }

  /** Works on an order until it is done or left. Only this DP's own disk makes it start over, and then it looks first. */
  private async retryUntilDone(id: string, signals: StopSignals): Promise<void> {
    for (;;) {
      const record = this.parts.journal.record(id);
      const order = record?.order;
      if (!order) return;
      try {
        await new OrderExecution({ order, begun: record.begun }, this.parts, signals).run();
        return;
      } catch (error) {
        this.parts.log.error('order interrupted', {
          order: id,
          reason: messageOf(error),
          correlation: order.correlation,
        });
        await pause(RETRY_AFTER_DISK, signals.leave);
        if (signals.leave.aborted) return;
      }
    }
  }

  /** Waits for a turn. @returns false: the order was lost before */
  private turn(leave: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const go = (): void => resolve(true);
      this.queue.push(go);
      const lost = (): void => {
        const place = this.queue.indexOf(go);
        if (leave.reason !== 'lost' || place < 0) return;
        this.queue.splice(place, 1);
        resolve(false);
      };
      leave.addEventListener('abort', lost, { once: true });
    });
  }

  private async inTurn(leave: AbortSignal, work: () => Promise<void>): Promise<void> {
    if (this.busy < this.concurrency) this.busy++;
    else if (!(await this.turn(leave))) return;
    try {
      await work();
    } finally {
      const next = this.queue.shift();
      if (next) next();
      else this.busy--;
    }
  }
}
