import * as fc from 'fast-check';
import { play, runOf } from '../../../../tools/testing/order-commands.js';
import type {
  Fence,
  Handed,
  OrderHarness,
  SeenComputer,
  SeenOrder,
  SimReport,
  Told,
} from '../../../../tools/testing/order-world.js';
import { type Computer } from '../computers/computer.js';
import { registrationOverdue } from '../computers/computer-alert.js';
import { register } from '../computers/computer-registration.js';
import { orderEnded } from '../computers/computer-order-end.js';
import { release } from '../computers/computer-release.js';
import { isRegistered } from '../computers/computer-state.js';
import type { FailureCode } from '../failures/failure.js';
import type { ComputerId, DpId, OrderId } from '../base/ids.js';
import { isFinal, planOrder, type Hold, type InstallOrder, type OrderEvent } from './install-order.js';
import { coherent, wordOn, wordOnCancel, type HandOver, type WordOnOrder } from './order-claim.js';
import { wasPreviousHolder } from './order-route.js';
import { transition } from './order-transition.js';
import { deadlineEvent } from './order-deadlines.js';
import { importedComputer, intent, moved, registration } from '../../testing/sample-computers.js';
import { NOW, newOrder } from '../../testing/sample-orders.js';

const RUNS = 2000;
const STEPS = 50;
const LEASE = 60;
const RUNNING_LEASE = 600;
const DP = 'site' as DpId;
const NEXT_DP = 'other' as DpId;
/** Seconds after which a missing ticket is noticed. */
const MISSING = 30;

interface Ticket {
  order: OrderId;
  ticket: number;
  kind: 'order' | 'cancel';
}

/** The server's rules in memory: what its services do with them, without database and broker. */
class PureWorld implements OrderHarness {
  private now = NOW;
  private isEnabled = true;
  private made = 0;
  private deleted = 0;
  private readonly queues = new Map<DpId, Ticket[]>([
    [DP, []],
    [NEXT_DP, []],
  ]);
  private hung: { dp: DpId; tickets: Ticket[] }[] = [];
  private readonly known = new Map<string, Computer>();
  private readonly orders = new Map<OrderId, InstallOrder>();
  readonly isTorn = false;
  computers: string[] = [];
  readonly dps = [DP, NEXT_DP] as const;

  constructor() {
    for (const id of ['computer-1', 'computer-2']) this.import(id);
  }

  release = async (id: string): Promise<void> => this.plan(id, null);

  cancel = async (id: string): Promise<void> => {
    const order = this.openOf(id);
    if (order) this.apply(order.id, { type: 'cancel-asked', by: 'admin', deadline: this.in(120) });
    this.dispatch();
  };

  retry = async (id: string): Promise<void> => {
    const newest = [...this.orders.values()].findLast(({ computer }) => computer === id);
    if (!newest) return;
    if (newest.state === 'planned') this.apply(newest.id, { type: 'due-now' });
    else if (isFinal(newest.state) && newest.state !== 'succeeded') this.plan(id, newest.id);
    this.dispatch();
  };

  remove = async (id: string): Promise<void> => {
    const order = this.openOf(id);
    if (order) {
      this.apply(order.id, { type: 'cancel-asked', by: 'admin', deadline: this.now });
      this.apply(order.id, { type: 'cancel-overdue' });
    }
    if (isRegistered(this.computer(id).state)) return;
    this.known.delete(id);
    this.computers = this.computers.filter((one) => one !== id);
    this.import(`${id.split('/')[0]}/${(this.deleted += 1)}`);
  };

  enableDp = async (enabled: boolean): Promise<void> => {
    this.isEnabled = enabled;
    if (!enabled) return;
    for (const order of this.orders.values())
      if (order.heldBack?.code === 'DP_DISABLED') this.apply(order.id, { type: 'hold-lifted' });
    this.dispatch();
  };

  advance = async (seconds: number): Promise<void> => {
    this.now = this.in(seconds);
    for (const order of this.orders.values()) {
      const event = deadlineEvent(order, this.now, 0.5);
      if (event) this.apply(order.id, event);
    }
    const there = new Set([...this.queues.values(), ...this.hung.map(({ tickets }) => tickets)].flat());
    for (const { id, state, publish } of this.orders.values()) {
      const isThere = [...there].some(({ order, ticket }) => order === id && ticket === publish.ticket);
      const since = publish.sentAt ?? this.now;
      if (state === 'queued' && !isThere && since <= this.in(-MISSING))
        this.apply(id, { type: 'ticket-lost' });
    }
    this.dispatch();
    for (const [id, computer] of this.known) {
      const outcome = registrationOverdue(computer, this.now);
      if (outcome.changed) this.known.set(id, outcome.computer);
    }
  };

  poll = async (dp: string, poll: string, again: boolean, running: readonly Fence[]): Promise<Told> =>
    this.claim(dp as DpId, poll, again, running as HandOver[], this.take(dp as DpId));

  hang = async (dp: string): Promise<void> => {
    this.hung.push({ dp: dp as DpId, tickets: this.take(dp as DpId) });
  };

  goOn = async (): Promise<void> => {
    for (const { dp, tickets } of this.hung.splice(0)) this.claim(dp, `${dp}/nobody`, false, [], tickets);
  };

  loseTickets = async (dp: string): Promise<void> => {
    this.take(dp as DpId);
  };

  dieAt = (): void => undefined;

  report = async ({ dp, order, round, fence, seq, state, code }: SimReport): Promise<void> => {
    const failure = code ? { code: code as FailureCode, native: null } : null;
    const known = this.orders.get(order as OrderId);
    if (!known || (known.dp !== dp && !wasPreviousHolder(known, dp as DpId))) return;
    this.apply(order as OrderId, {
      type: 'reported',
      report: {
        // a DP that has passed the order on says nothing new of it
        fence: known.dp === dp ? fence : 0,
        round,
        seq,
        at: this.now,
        state,
        phase: null,
        percent: null,
        result: null,
        failure,
      },
      leaseUntil: this.in(RUNNING_LEASE),
      installTimeout: 3600,
      chance: 0.5,
    });
    this.dispatch();
  };

  register = async (order: string, id: string): Promise<void> => {
    const computer = this.computer(id);
    const isIts = computer.openOrder?.id === order || computer.lastOrder === order;
    if (!isIts || isRegistered(computer.state)) return;
    this.known.set(id, moved(register(computer, registration({ order: order as OrderId }), this.now)));
    this.apply(order as OrderId, { type: 'registered' });
  };

  look = async (): Promise<{ computers: SeenComputer[]; orders: SeenOrder[] }> => ({
    computers: [...this.known.values()].map(({ id, dp, state, openOrder }) => ({
      id,
      fixedDp: dp.fixed,
      isRegistered: isRegistered(state),
      openOrder: openOrder?.id ?? null,
    })),
    orders: [...this.orders.values()].map(({ id, computer, state, attempt, dp, lease }) => ({
      id,
      computer,
      state,
      attempt,
      isFinal: isFinal(state),
      dp,
      holder: lease?.poll.split('/')[0] || null,
    })),
  });

  /** As the claim service does it, with the same rules. */
  private claim(
    dp: DpId,
    poll: string,
    again: boolean,
    running: readonly HandOver[],
    tickets: readonly Ticket[],
  ): Told {
    const held = new Set<OrderId>();
    const [cancel, lost]: [HandOver[], HandOver[]] = [[], []];
    const say = (word: WordOnOrder | null, order: OrderId, fence: number): void => {
      if (word === 'cancel') cancel.push({ order, fence });
      if (word === 'lost') lost.push({ order, fence });
    };
    for (const { order, kind } of tickets) {
      const found = this.orders.get(order);
      if (kind === 'cancel') say(wordOnCancel(found, dp, this.now), order, found?.fence ?? 0);
    }
    for (const { order, fence } of running) {
      const word = wordOn(this.orders.get(order), dp, fence, this.now);
      say(word, order, fence);
      if (word !== 'held' && word !== 'cancel') continue;
      held.add(order);
      this.apply(order, { type: 'lease-renewed', fence, until: this.in(RUNNING_LEASE) });
    }
    const isEnabled = dp !== DP || this.isEnabled;
    const granted: OrderId[] = [];
    for (const { order, ticket, kind } of tickets) {
      if (kind === 'cancel') continue;
      if (!isEnabled) {
        this.apply(order, { type: 'held', dp, ticket, hold: { code: 'DP_DISABLED', until: null } });
      } else if (this.apply(order, { type: 'claimed', dp, poll, leaseUntil: this.in(LEASE), ticket })) {
        granted.push(order);
      }
    }
    this.dispatch();
    const going = [...this.orders.values()].filter(
      ({ id, dp: holder, lease }) => holder === dp && lease?.poll === poll && (again || granted.includes(id)),
    );
    for (const { id, state, fence } of going) if (state === 'cancelling') cancel.push({ order: id, fence });
    const orders = isEnabled ? going.filter(({ state }) => state !== 'cancelling') : [];
    const told = coherent({ orders, held, cancel, lost }, ({ id }) => id);
    return { ...told, orders: told.orders.map((order) => handed(order)) };
  }

  private take(dp: DpId): Ticket[] {
    return this.queues.get(dp)?.splice(0) ?? [];
  }

  private import(id: string): void {
    const dp = { fixed: DP, assigned: null, since: null, liftedAt: null };
    this.known.set(id, { ...importedComputer(), id: id as ComputerId, dp });
    this.computers.push(id);
  }

  private plan(id: string, retryOf: OrderId | null): void {
    const computer = this.computer(id);
    const mayBe = computer.state === 'imported' || computer.state === 'install-failed';
    if (!mayBe || computer.openOrder || !this.isEnabled) return;
    this.made += 1;
    const open = intent({ id: `order-${this.made}` as OrderId, dp: DP, retryOf, notBefore: this.now });
    this.known.set(id, moved(release(computer, open, this.now)));
    const { notBefore, release: version } = open;
    // those of one computer go on to another DP when the first does not fetch them, or cannot reach it
    const route = id.startsWith('computer-2') ? [DP, NEXT_DP] : [DP];
    const plan = { ...newOrder(), id: open.id, computer: computer.id, dp: DP, route, notBefore };
    const order = planOrder({
      ...plan,
      release: version,
      requestedBy: 'admin',
      retryOf,
      attemptsAllowed: 5,
      expiry: 7 * 24 * 3600,
      now: this.now,
    });
    this.orders.set(order.id, order);
    this.dispatch();
  }

  /** As the server does it: decide, store, and carry an end over to the computer. */
  private apply(id: OrderId, event: OrderEvent): boolean {
    const order = this.orders.get(id);
    const outcome = order && transition(order, event, this.now);
    if (!outcome?.changed) return false;
    this.orders.set(id, outcome.order);
    const computer = this.known.get(outcome.order.computer);
    const ended = computer && orderEnded(computer, outcome.order, 1800, this.now);
    if (ended?.changed) this.known.set(ended.computer.id, ended.computer);
    return true;
  }

  private dispatch(): void {
    for (const { id, dp, publish, state, notBefore } of this.orders.values()) {
      if (publish.due === null || publish.due > this.now || isFinal(state)) continue;
      const { ticket } = publish;
      const hold = this.holdOf(dp, notBefore);
      if (state !== 'cancelling' && hold) {
        this.apply(id, { type: 'held', dp, ticket, hold });
        continue;
      }
      this.queues.get(dp)?.push({ order: id, ticket, kind: state === 'cancelling' ? 'cancel' : 'order' });
      this.apply(id, { type: 'published', ticket });
    }
  }

  private holdOf(dp: DpId, notBefore: Date): Hold | null {
    if (dp === DP && !this.isEnabled) return { code: 'DP_DISABLED', until: null };
    return notBefore > this.now ? { code: 'NOT_BEFORE', until: notBefore } : null;
  }

  private computer(id: string): Computer {
    const found = this.known.get(id);
    if (!found) throw new Error(`no computer ${id}`);
    return found;
  }

  private openOf(id: string): InstallOrder | undefined {
    return [...this.orders.values()].find(({ computer, state }) => computer === id && !isFinal(state));
  }

  private in(seconds: number): Date {
    return new Date(this.now.getTime() + seconds * 1000);
  }
}

/** As the wire has it: a DP that asks again for what it accepted looks at the computer first. */
function handed({ id, computer, round, fence, verify, acceptedRound }: InstallOrder): Handed {
  return { order: id, computer, round, fence, verify: verify || acceptedRound === round };
}

describe('orders, a DP and its administrators', () => {
  it(`keep the rules in ${RUNS} runs of ${STEPS} steps in any order`, async () => {
    const property = fc.asyncProperty(runOf(STEPS), (run) => play(new PureWorld(), run));
    await fc.assert(property, { numRuns: RUNS, includeErrorInReport: true });
  }, 600_000);

  it('are looked at by checks that can fail', async () => {
    const broken = fc.asyncProperty(runOf(STEPS), async (run) => {
      const world = new PureWorld();
      const grant = world.poll;
      // a server that forgets who had an order before
      world.poll = async (...asked) => {
        const answer = await grant(...asked);
        return { ...answer, orders: answer.orders.map((order) => ({ ...order, verify: false })) };
      };
      await play(world, run);
    });
    const details = await fc.check(broken, { numRuns: RUNS, seed: 1, endOnFailure: true });
    expect(details.failed).toBe(true);
    expect(String(details.errorInstance)).toContain('begun twice');
  }, 600_000);
});
