import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type {
  ForeignAgent,
  ForeignDp,
  ForeignOrder,
  GatewayAnswer,
  PollResult,
} from '../../e2e/support/foreign-dp.ts';
import { BackOff } from './back-off.ts';
import { Bell } from './bell.ts';
import { Journal, type End, type Entry } from './journal.ts';

/** Reports in one request, as the page allows. */
const MOST_REPORTS = 100;

/** What goes on while an order is worked on. */
export interface Work {
  /** Aborted when the order is to be stopped. */
  stop: AbortSignal;
  /** Reports that a phase began. */
  tell: (phase: string, fields?: Record<string, unknown>) => void;
}

export interface SimulatedDpOptions {
  /** Seconds a poll may be held open. */
  wait: number;
  /** Orders worked on at once. */
  capacity: number;
  agent: ForeignAgent;
  /** Does the work of an order; called once for each attempt. */
  work: (order: ForeignOrder, work: Work) => Promise<End>;
  /** The server may have been put back to a backup: earlier attempts are no fault then, and come again under later ones. */
  isRestored?: boolean;
  /** Hears of every answer to a poll, or why there was none. */
  onPoll?: (outcome: { status: number; milliseconds: number }) => void;
}

/**
 * A DP that lives by docs/dp-protocol.md: polls without end, repeats what was not answered, keeps its journal and its
 * reports, and waits as it is told to. What it does with an order is up to its maker.
 */
export class SimulatedDp {
  readonly journal = new Journal();
  /** What the gateway did that the page does not allow, in words. */
  readonly faults: string[] = [];
  private ending = new AbortController();
  private readonly atWork = new Map<string, AbortController>();
  /** Rings when another order can be taken. */
  private readonly free = new Bell();
  /** Rings when there is something to report. */
  private readonly news = new Bell();
  private isIntroduced = false;
  private lives: Promise<unknown> | undefined;
  private readonly wire: ForeignDp;
  private readonly options: SimulatedDpOptions;

  constructor(wire: ForeignDp, options: SimulatedDpOptions) {
    this.wire = wire;
    this.options = options;
  }

  get id(): string {
    return this.wire.id;
  }

  /** @param repeating id of a poll whose answer was lost before; that is asked for first */
  start(repeating?: string): void {
    this.lives = Promise.all([this.pollOn(repeating), this.reportOn()]);
  }

  /** Ends when nothing is under way any more; what was not reported stays in the journal. */
  async stop(): Promise<void> {
    this.ending.abort();
    this.free.ring();
    this.news.ring();
    for (const work of this.atWork.values()) work.abort();
    await this.lives;
  }

  /** As a machine does that starts anew: what was under way is begun again by the journal, and it introduces itself. */
  async restart(): Promise<void> {
    await this.stop();
    this.atWork.clear();
    this.ending = new AbortController();
    this.isIntroduced = false;
    for (const entry of this.journal.unfinished) void this.work(entry);
    this.start();
  }

  private async pollOn(repeating?: string): Promise<void> {
    const backOff = new BackOff();
    let unanswered = repeating;
    while (!this.hasEnded) {
      const again = unanswered !== undefined;
      const poll = unanswered ?? randomUUID();
      // The introduction is not held open, so that the DP is known at once
      const wait = this.isIntroduced && this.atWork.size < this.options.capacity ? this.options.wait : 0;
      const began = performance.now();
      const { status, retryAfter, body } = await this.ask(poll, again, wait);
      const milliseconds = performance.now() - began;
      this.options.onPoll?.({ status, milliseconds });
      if (status !== 200) {
        unanswered = poll;
        await this.sleep(backOff.next(retryAfter));
        continue;
      }
      unanswered = undefined;
      backOff.reset();
      this.take(body);
      const wasHeld = wait > 0 && milliseconds >= (wait - 1) * 1000;
      const isFull = this.atWork.size >= this.options.capacity;
      const mayAskAtOnce = !this.isIntroduced || wasHeld || isSomething(body);
      if (isFull || !mayAskAtOnce) await this.free.wait(body.pollAfter);
      this.isIntroduced = true;
    }
  }

  private async ask(
    poll: string,
    again: boolean,
    wait: number,
  ): Promise<{ status: number; retryAfter?: number; body: PollResult }> {
    try {
      return await this.wire.poll({
        poll,
        ...(again ? { again } : {}),
        max: Math.max(1, this.options.capacity - this.atWork.size),
        wait,
        running: this.journal.running,
        agent: this.isIntroduced ? undefined : this.options.agent,
      });
    } catch (error) {
      if (error instanceof Error && error.message.includes('signature')) this.faults.push(error.message);
      return { status: 0, body: {} as PollResult };
    }
  }

  private take({ lost, cancel, orders }: PollResult): void {
    for (const { order } of lost) this.lose(order);
    for (const { order, fence } of cancel) this.cancel(order, fence);
    for (const { order } of orders) this.accept(order);
    this.news.ring();
  }

  /** Stopped without a word. Should the same attempt come again, the journal says that it was given back undone. */
  private lose(order: string): void {
    const entry = this.journal.find(order);
    if (!entry) return;
    entry.end ??= { state: 'cancelled' };
    this.atWork.get(order)?.abort();
    this.journal.dropReports(order);
  }

  private cancel(order: string, fence: number): void {
    const entry = this.journal.find(order);
    if (!entry) return;
    entry.order = { ...entry.order, fence };
    if (entry.end) this.journal.say(entry, entry.end.state, entry.end);
    else this.atWork.get(order)?.abort();
  }

  private accept(order: ForeignOrder): void {
    if (order.dp !== this.id) this.faults.push(`an order of ${order.dp} came to ${this.id}`);
    const known = this.journal.find(order.order);
    if (known && known.order.attempt > order.attempt) {
      const { order: id, attempt } = order;
      if (!this.options.isRestored)
        this.faults.push(`attempt ${attempt} of ${id} came after attempt ${known.order.attempt}`);
      return;
    }
    if (known?.order.attempt === order.attempt) {
      // Never begun a second time: the new fence, and what the journal says
      known.order = order;
      if (known.end) this.journal.say(known, known.end.state, known.end);
      else this.journal.say(known, 'accepted');
      return;
    }
    const entry = this.journal.begin(order);
    this.journal.say(entry, 'accepted');
    void this.work(entry);
  }

  private async work(entry: Entry): Promise<void> {
    const { order, attempt } = entry.order;
    const stop = new AbortController();
    this.atWork.set(order, stop);
    const tell = (phase: string, fields: Record<string, unknown> = {}): void => {
      if (entry.end || stop.signal.aborted) return;
      this.journal.say(entry, 'progress', { phase, ...fields });
      this.news.ring();
    };
    const end = await this.options.work(entry.order, { stop: stop.signal, tell });
    // begun again meanwhile, after a restart
    if (this.atWork.get(order) !== stop) return;
    this.atWork.delete(order);
    this.free.ring();
    if (this.hasEnded || entry.end || this.journal.find(order)?.order.attempt !== attempt) return;
    entry.end = end;
    this.journal.say(entry, end.state, end);
    this.news.ring();
  }

  private async reportOn(): Promise<void> {
    const backOff = new BackOff();
    while (!this.hasEnded) {
      const reports = this.journal.unsent(MOST_REPORTS);
      if (reports.length === 0) {
        await this.news.wait(Infinity);
        continue;
      }
      const answer = await this.wire.send(reports).catch((): GatewayAnswer => ({ status: 0, body: {} }));
      if (answer.status === 202) {
        this.journal.taken(reports);
        backOff.reset();
      } else if (answer.status === 400) {
        this.faults.push(`reports were refused: ${JSON.stringify(answer.body)}`);
        this.journal.taken(reports);
      } else {
        await this.sleep(backOff.next(answer.retryAfter));
      }
    }
  }

  private get hasEnded(): boolean {
    return this.ending.signal.aborted;
  }

  private async sleep(seconds: number): Promise<void> {
    if (seconds > 0)
      await pause(seconds * 1000, undefined, { signal: this.ending.signal }).catch(() => undefined);
  }
}

function isSomething({ orders, cancel }: PollResult): boolean {
  return orders.length + cancel.length > 0;
}
