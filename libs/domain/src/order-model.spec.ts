import * as fc from 'fast-check';
import { play, runOf } from '../../../tools/testing/order-commands.js';
import type {
  Fence,
  Handed,
  OrderWorld,
  SeenComputer,
  SeenOrder,
  SimReport,
} from '../../../tools/testing/order-world.js';
import { type Computer } from './computer.js';
import { registrationOverdue } from './computer-alert.js';
import { register } from './computer-registration.js';
import { orderEnded, release } from './computer-release.js';
import { isRegistered } from './computer-state.js';
import type { FailureCode } from './failure.js';
import type { ComputerId, DpId, OrderId } from './ids.js';
import { isFinal, planOrder, type InstallOrder, type OrderEvent } from './install-order.js';
import { transition } from './order-transition.js';
import { deadlineEvent } from './order-waiting.js';
import { importedComputer, intent, moved, registration } from './sample-computers.js';
import { NOW, newOrder } from './sample-orders.js';

const RUNS = 2000;
const STEPS = 50;
const LEASE = 60;
const RUNNING_LEASE = 600;
const DP = 'site' as DpId;

/** The server's rules in memory: what its services do with them, without database and broker. */
class PureWorld implements OrderWorld {
  private now = NOW;
  private isEnabled = true;
  private made = 0;
  private tickets: { order: OrderId; ticket: number }[] = [];
  private readonly known = new Map<string, Computer>();
  private readonly orders = new Map<OrderId, InstallOrder>();
  readonly computers = ['computer-1', 'computer-2'];
  readonly dp = DP;

  constructor() {
    for (const id of this.computers) {
      const dp = { fixed: DP, assigned: null, since: null, liftedAt: null };
      this.known.set(id, { ...importedComputer(), id: id as ComputerId, dp });
    }
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
    this.dispatch();
    for (const [id, computer] of this.known) {
      const outcome = registrationOverdue(computer, this.now);
      if (outcome.changed) this.known.set(id, outcome.computer);
    }
  };

  poll = async (
    poll: string,
    again: boolean,
    running: readonly Fence[],
  ): Promise<{ orders: Handed[]; cancel: Fence[]; lost: Fence[] }> => {
    const [cancel, lost]: Fence[][] = [[], []];
    for (const said of running) {
      const order = this.orders.get(said.order as OrderId);
      const holds = order?.lease?.fence === said.fence;
      if (!holds) lost?.push(said);
      else if (order.state === 'cancelling') cancel?.push(said);
      else this.apply(order.id, { type: 'lease-renewed', fence: said.fence, until: this.in(RUNNING_LEASE) });
    }
    for (const { order: id, ticket } of this.tickets.splice(0)) {
      const order = this.orders.get(id);
      if (order?.state !== 'queued' && order?.state !== 'planned') continue;
      if (!this.isEnabled) this.apply(id, { type: 'held', hold: { code: 'DP_DISABLED', until: null } });
      else this.apply(id, { type: 'claimed', poll, leaseUntil: this.in(LEASE), ticket });
    }
    const held = [...this.orders.values()].filter(({ lease }) => lease?.poll === poll);
    const granted = again ? held : held.filter(({ state }) => state === 'leased');
    return {
      orders: this.isEnabled ? granted.map((order) => handed(order)) : [],
      cancel: cancel ?? [],
      lost: lost ?? [],
    };
  };

  report = async ({ order, round, fence, seq, state, code }: SimReport): Promise<void> => {
    const failure = code ? { code: code as FailureCode, native: null } : null;
    this.apply(order as OrderId, {
      type: 'reported',
      report: { fence, round, seq, at: this.now, state, phase: null, percent: null, result: null, failure },
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
    orders: [...this.orders.values()].map(({ id, computer, state, attempt }) => ({
      id,
      computer,
      state,
      attempt,
      isFinal: isFinal(state),
    })),
  });

  private plan(id: string, retryOf: OrderId | null): void {
    const computer = this.computer(id);
    const mayBe = computer.state === 'imported' || computer.state === 'install-failed';
    if (!mayBe || computer.openOrder || !this.isEnabled) return;
    this.made += 1;
    const open = intent({ id: `order-${this.made}` as OrderId, dp: DP, retryOf, notBefore: this.now });
    this.known.set(id, moved(release(computer, open, this.now)));
    const { notBefore, release: version } = open;
    const plan = { ...newOrder(), id: open.id, computer: computer.id, dp: DP, route: [DP], notBefore };
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
  private apply(id: OrderId, event: OrderEvent): void {
    const order = this.orders.get(id);
    const outcome = order && transition(order, event, this.now);
    if (!outcome?.changed) return;
    this.orders.set(id, outcome.order);
    const ended = orderEnded(this.computer(outcome.order.computer), outcome.order, 1800, this.now);
    if (ended.changed) this.known.set(ended.computer.id, ended.computer);
  }

  private dispatch(): void {
    for (const { id, publish, state, notBefore } of this.orders.values()) {
      if (publish.due === null || publish.due > this.now || isFinal(state)) continue;
      if (state !== 'cancelling' && !this.isEnabled) {
        this.apply(id, { type: 'held', hold: { code: 'DP_DISABLED', until: null } });
      } else if (state !== 'cancelling' && notBefore > this.now) {
        this.apply(id, { type: 'held', hold: { code: 'NOT_BEFORE', until: notBefore } });
      } else {
        if (state !== 'cancelling') this.tickets.push({ order: id, ticket: publish.ticket });
        this.apply(id, { type: 'published', ticket: publish.ticket });
      }
    }
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
