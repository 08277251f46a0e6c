import * as fc from 'fast-check';
import { SimDp, type OrderWorld, type SeenOrder } from './order-world.js';

/** What a run has seen so far. */
interface Seen {
  orders: Map<string, SeenOrder>;
}

/** A world with its DP. */
interface Stage {
  world: OrderWorld;
  dp: SimDp;
}

/** Failures of every retry class. */
const FAILURES = [
  'COPY_FAILED',
  'HOST_UNREACHABLE',
  'OUTCOME_UNKNOWN',
  'DISK_FULL',
  'AUTH_FAILED',
  'DP_INTERNAL',
];
const DAY = 24 * 3600;

type Act = (stage: Stage) => Promise<void> | void;

class Step implements fc.AsyncCommand<Seen, Stage> {
  constructor(
    private readonly name: string,
    private readonly act: Act,
  ) {}

  check = (): boolean => true;

  async run(seen: Seen, stage: Stage): Promise<void> {
    await this.act(stage);
    await lookAround(seen, stage);
  }

  toString = (): string => this.name;
}

const step = (name: string, act: Act): Step => new Step(name, act);
const which = fc.nat({ max: 20 });
const computer = fc.nat({ max: 1 });

/** Nothing at all: what other steps shrink to. */
const nothing = step('–', () => undefined);

/** Anything that can happen, likely things more often. */
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { withCrossShrink: true },
  { weight: 1, arbitrary: fc.constant(nothing) },
  {
    weight: 8,
    arbitrary: computer.map((c) =>
      step(`release ${c}`, ({ world }) => world.release(world.computers[c] ?? '')),
    ),
  },
  {
    weight: 12,
    arbitrary: fc
      .boolean()
      .map((lost) => step(lost ? 'poll, answer lost' : 'poll', ({ dp }) => dp.poll(lost))),
  },
  {
    weight: 20,
    arbitrary: fc
      .tuple(which, fc.boolean())
      .map(([i, kept]) =>
        step(`report ${i}${kept ? ', to come again' : ''}`, ({ dp }) => dp.letOut(i, kept)),
      ),
  },
  {
    weight: 6,
    arbitrary: fc
      .tuple(which, fc.constantFrom(...FAILURES))
      .map(([i, code]) => step(`work ${i} fails: ${code}`, ({ dp }) => dp.finish(i, { code }))),
  },
  {
    weight: 3,
    arbitrary: which.map((i) => step(`work ${i} succeeds`, ({ dp }) => dp.finish(i, 'succeeded'))),
  },
  { weight: 4, arbitrary: which.map((i) => step(`work ${i} goes on`, ({ dp }) => dp.progress(i))) },
  {
    weight: 3,
    arbitrary: computer.map((c) =>
      step(`cancel ${c}`, ({ world }) => world.cancel(world.computers[c] ?? '')),
    ),
  },
  {
    weight: 4,
    arbitrary: computer.map((c) => step(`retry ${c}`, ({ world }) => world.retry(world.computers[c] ?? ''))),
  },
  { weight: 1, arbitrary: fc.constant(step('disable the DP', ({ world }) => world.enableDp(false))) },
  { weight: 2, arbitrary: fc.constant(step('enable the DP', ({ world }) => world.enableDp(true))) },
  { weight: 2, arbitrary: fc.constant(step('back the DP up', ({ dp }) => dp.backUp())) },
  { weight: 1, arbitrary: fc.constant(step('restore the DP', ({ dp }) => dp.restore())) },
  {
    weight: 1,
    arbitrary: computer.map((c) =>
      step(`client of ${c} registers`, async ({ world, dp }) => {
        const id = world.computers[c] ?? '';
        const order = dp.installedBy(id);
        if (order) await world.register(order, id);
      }),
    ),
  },
  {
    weight: 10,
    arbitrary: fc
      .oneof(
        { weight: 6, arbitrary: fc.integer({ min: 1, max: 90 }) },
        { weight: 3, arbitrary: fc.integer({ min: 90, max: 5000 }) },
        fc.integer({ min: 5000, max: 3 * DAY }),
      )
      .map((seconds) => step(`${seconds} s pass`, ({ world }) => world.advance(seconds))),
  },
);

/** A run of so many steps. */
export const runOf = (steps: number): fc.Arbitrary<Step[]> =>
  fc.array(anyStep, { minLength: steps, maxLength: steps });

/** Plays a run, then lets time end whatever is open. Throws with everything that is not as it must be. */
export async function play(world: OrderWorld, run: Iterable<Step>): Promise<void> {
  const stage: Stage = { world, dp: new SimDp(world) };
  const seen: Seen = { orders: new Map() };
  await fc.asyncModelRun(() => ({ model: seen, real: stage }), run);
  await world.enableDp(true);
  // longer than any expiry, with stops for what becomes due on the way
  for (let hours = 0; hours < 9 * 24; hours += 12) await world.advance(12 * 3600);
  await lookAround(seen, stage);
  const open = [...seen.orders.values()].filter(({ isFinal }) => !isFinal);
  if (open.length > 0) throw new Error(`never ended: ${JSON.stringify(open)}`);
}

async function lookAround(seen: Seen, { world, dp }: Stage): Promise<void> {
  const { computers, orders } = await world.look();
  const faults = [...dp.faults];
  for (const { id, fixedDp, isRegistered, openOrder } of computers) {
    const open = orders.filter((one) => one.computer === id && !one.isFinal);
    if (open.length > 1) faults.push(`${id} has open orders ${open.map((one) => one.id).join(', ')}`);
    if (openOrder !== null && !open.some((one) => one.id === openOrder))
      faults.push(`${id} points at ${openOrder}, which is not open`);
    if (!isRegistered && fixedDp !== world.dp) faults.push(`the fixed DP of ${id} is ${fixedDp}`);
  }
  for (const order of orders) {
    const before = seen.orders.get(order.id);
    if (before?.isFinal && before.state !== order.state)
      faults.push(`${order.id} was ${before.state} and is ${order.state}`);
    const worked = dp.accepted.get(order.id)?.size ?? 0;
    if (order.attempt > worked) faults.push(`${order.id} counts ${order.attempt} attempts of ${worked}`);
    seen.orders.set(order.id, order);
  }
  for (const id of seen.orders.keys())
    if (!orders.some((order) => order.id === id)) faults.push(`${id} has vanished`);
  if (faults.length > 0) throw new Error(faults.join('\n'));
}
