/** One hand-over of an order, as far as a DP's journal cares. */
export interface Handed {
  order: string;
  computer: string;
  round: number;
  fence: number;
  verify: boolean;
}

export interface Fence {
  order: string;
  fence: number;
}

export interface SimReport extends Fence {
  dp: string;
  report: string;
  round: number;
  seq: number;
  state: 'accepted' | 'progress' | 'succeeded' | 'failed' | 'cancelled';
  code?: string;
}

/** An order as a test sees it. */
export interface SeenOrder {
  id: string;
  computer: string;
  state: string;
  attempt: number;
  isFinal: boolean;
  dp: string;
  /** The DP of the poll that has its lease. */
  holder: string | null;
}

export interface SeenComputer {
  id: string;
  fixedDp: string | null;
  isRegistered: boolean;
  openOrder: string | null;
}

/** An answer to a poll. */
export interface Told {
  orders: Handed[];
  cancel: Fence[];
  lost: Fence[];
}

/** What administrators, time, DPs and clients can do to the servers; in memory, or behind a real broker. */
export interface OrderHarness {
  readonly computers: readonly string[];
  /** The DPs that orders go to; the first is fixed on the computers. */
  readonly dps: readonly [string, ...string[]];
  /** Whether something died half-way since the servers have looked around: they have not mended it yet. */
  readonly isTorn: boolean;
  release(computer: string): Promise<void>;
  cancel(computer: string): Promise<void>;
  /** Retries the newest order of a computer. */
  retry(computer: string): Promise<void>;
  enableDp(enabled: boolean): Promise<void>;
  /** Lets time pass, and the sweep do its work. */
  advance(seconds: number): Promise<void>;
  /** @returns null: no answer came */
  poll(dp: string, poll: string, again: boolean, running: readonly Fence[]): Promise<Told | null>;
  /** A gateway takes what lies on a DP's queue, and hangs; later it claims, for a poll that nobody waits for any more. */
  hang(dp: string): Promise<void>;
  goOn(): Promise<void>;
  /** The broker loses what lies on a DP's queue. */
  loseTickets(dp: string): Promise<void>;
  /** Deletes a computer whatever its order does; another one of its name takes its place. */
  remove(computer: string): Promise<void>;
  /** The server that does the next step dies before its write of this number. */
  dieAt(write: number): void;
  report(report: SimReport): Promise<void>;
  /** The client that an order has installed registers. */
  register(order: string, computer: string): Promise<void>;
  look(): Promise<{ computers: SeenComputer[]; orders: SeenOrder[] }>;
}

interface Entry extends Handed {
  seq: number;
  /** Null: at work. */
  outcome: 'succeeded' | 'cancelled' | { code: string } | null;
}

/** What is the case on the computers, whatever journals say. */
interface Work {
  isRunning: boolean;
  hasSucceeded: boolean;
}

/**
 * A DP that keeps its journal as docs/dp-protocol.md demands: an order with the same attempt is not begun twice. Its
 * reports lie in an outbox until somebody lets them out, in any order and any number of times. Restored from a backup, it
 * knows only what the backup knows.
 */
export class SimDp {
  private journal = new Map<string, Entry>();
  private backup = new Map<string, Entry>();
  private outbox: SimReport[] = [];
  private readonly work = new Map<string, Work>();
  private reports = 0;
  private polls = 0;
  private unanswered: string | null = null;
  /** Rounds of each order that this DP ever accepted. */
  readonly accepted = new Map<string, Set<number>>();
  readonly faults: string[] = [];
  /** Orders of which it has said a last word. */
  private readonly spoken = new Set<string>();

  constructor(
    private readonly world: OrderHarness,
    private readonly id: string,
  ) {}

  /** @param answerIsLost the answer never arrives; the next poll asks for it again */
  async poll(answerIsLost: boolean): Promise<void> {
    const again = this.unanswered !== null;
    const poll = this.unanswered ?? `${this.id}/${(this.polls += 1)}`;
    const stopped = await this.stoppedByOthers();
    const answer = await this.world.poll(
      this.id,
      poll,
      again,
      this.atWork().map(({ order, fence }) => ({ order, fence })),
    );
    this.unanswered = answerIsLost || !answer ? poll : null;
    if (answerIsLost || !answer) return;
    this.check(answer);
    for (const { order } of answer.lost) this.stop(order);
    for (const { order, fence } of answer.cancel) {
      const entry = this.journal.get(order);
      if (entry?.fence !== fence || entry.outcome !== null) continue;
      this.stop(order);
      entry.outcome = 'cancelled';
      this.say(entry, 'cancelled');
    }
    for (const handed of answer.orders) this.take(handed);
    for (const { order } of this.atWork())
      if (stopped.has(order)) this.faults.push(`${this.id} was not told to stop ${order}`);
  }

  /** Forgets which poll it had no answer to, as after a restart. */
  forgetPoll(): void {
    this.unanswered = null;
  }

  /** Orders that have ended, but not by a success, and not by a last word of this DP's that is still on its way. */
  private async stoppedByOthers(): Promise<Set<string>> {
    const { orders } = await this.world.look();
    return new Set(
      orders
        .filter(({ id, isFinal, state }) => isFinal && state !== 'succeeded' && !this.spoken.has(id))
        .map(({ id }) => id),
    );
  }

  /** An answer says one thing of each order. */
  private check({ orders, cancel, lost }: Told): void {
    const said = [...orders, ...cancel, ...lost].map(({ order }) => order);
    for (const order of new Set(said)) {
      const times = said.filter((one) => one === order).length;
      if (times > 1) this.faults.push(`${order} stands ${times} times in one answer`);
    }
  }

  /** Something the DP works on ends. */
  finish(index: number, outcome: 'succeeded' | { code: string }): void {
    const entry = at(this.atWork(), index);
    if (!entry) return;
    const work = this.work.get(keyOf(entry));
    if (work) Object.assign(work, { isRunning: false, hasSucceeded: outcome === 'succeeded' });
    entry.outcome = outcome;
    this.say(entry, outcome === 'succeeded' ? 'succeeded' : 'failed');
  }

  progress(index: number): void {
    const entry = at(this.atWork(), index);
    if (entry) this.say(entry, 'progress');
  }

  /** Lets a report out; kept, it goes out again later. */
  async letOut(index: number, isKept: boolean): Promise<void> {
    const report = at(this.outbox, index);
    if (!report) return;
    if (!isKept) this.outbox = this.outbox.filter((one) => one !== report);
    await this.world.report(report);
  }

  backUp(): void {
    this.backup = copyOf(this.journal);
  }

  /** Journal and outbox are those of the backup; what runs on computers goes on. */
  restore(): void {
    this.journal = copyOf(this.backup);
    this.outbox = [];
    this.unanswered = null;
  }

  /** The order whose client stands on a computer. */
  installedBy(computer: string): string | null {
    for (const entry of this.journal.values())
      if (entry.computer === computer && this.work.get(keyOf(entry))?.hasSucceeded) return entry.order;
    return null;
  }

  private take(handed: Handed): void {
    const known = this.journal.get(handed.order);
    if (known?.round === handed.round) {
      known.fence = handed.fence;
      this.answerFor(known);
      return;
    }
    const entry: Entry = { ...handed, seq: known?.seq ?? 0, outcome: null };
    this.journal.set(handed.order, entry);
    this.say(entry, 'accepted');
    const work = this.work.get(keyOf(entry));
    if (handed.verify && work) {
      entry.outcome = work.hasSucceeded ? 'succeeded' : null;
      if (!work.hasSucceeded) work.isRunning = true;
      this.answerFor(entry);
      return;
    }
    if (work?.isRunning || work?.hasSucceeded)
      this.faults.push(`attempt ${handed.round} of ${handed.order} was begun twice`);
    this.work.set(keyOf(entry), { isRunning: true, hasSucceeded: false });
  }

  private answerFor(entry: Entry): void {
    const { outcome } = entry;
    if (outcome === null) this.say(entry, 'accepted');
    else if (typeof outcome === 'object') this.say(entry, 'failed');
    else this.say(entry, outcome);
  }

  private stop(order: string): void {
    const entry = this.journal.get(order);
    const work = entry && this.work.get(keyOf(entry));
    if (work) work.isRunning = false;
    if (entry && entry.outcome === null) this.journal.delete(order);
  }

  private say(entry: Entry, state: SimReport['state']): void {
    const { order, round, fence, outcome } = entry;
    const rounds = this.accepted.get(order) ?? new Set();
    this.accepted.set(order, rounds.add(round));
    entry.seq += 1;
    if (state !== 'accepted' && state !== 'progress') this.spoken.add(order);
    const code = state === 'failed' && typeof outcome === 'object' && outcome ? { code: outcome.code } : {};
    const report = `${this.id}/report-${(this.reports += 1)}`;
    this.outbox.push({ dp: this.id, report, order, round, fence, seq: entry.seq, state, ...code });
  }

  private atWork(): Entry[] {
    return [...this.journal.values()].filter(({ outcome }) => outcome === null);
  }
}

const keyOf = ({ order, round }: Pick<Handed, 'order' | 'round'>): string => `${order} ${round}`;

function copyOf(journal: ReadonlyMap<string, Entry>): Map<string, Entry> {
  return new Map([...journal].map(([order, entry]) => [order, { ...entry }]));
}

function at<T>(list: readonly T[], index: number): T | undefined {
  return list.length > 0 ? list[index % list.length] : undefined;
}
