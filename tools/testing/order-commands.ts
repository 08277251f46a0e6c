import * as fc from 'fast-check';
import { SimDp, type OrderHarness, type SeenOrder } from './order-world.js';

/** What a run has seen so far. */
interface Seen {
  orders: Map<string, SeenOrder>;
}

/** A world with its DP. */
interface Stage {
  world: OrderHarness;
  dps: readonly SimDp[];
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

/** Which DP; mostly the first. */
const dpNumber = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.constant(1));
const at = ({ dps }: Stage, index: number): SimDp => {
  const dp = dps[index % dps.length];
  if (!dp) throw new Error('a world without DPs');
  return dp;
};
const dpOf = ({ world }: Stage, index: number): string => world.dps[index % world.dps.length] ?? '';

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
      .tuple(fc.boolean(), dpNumber)
      .map(([lost, n]) =>
        step(`poll of ${n}${lost ? ', answer lost' : ''}`, (stage) => at(stage, n).poll(lost)),
      ),
  },
  {
    weight: 20,
    arbitrary: fc
      .tuple(which, fc.boolean(), dpNumber)
      .map(([i, kept, n]) =>
        step(`report ${i} of ${n}${kept ? ', to come again' : ''}`, (stage) => at(stage, n).letOut(i, kept)),
      ),
  },
  {
    weight: 6,
    arbitrary: fc
      .tuple(which, fc.constantFrom(...FAILURES), dpNumber)
      .map(([i, code, n]) =>
        step(`work ${i} of ${n} fails: ${code}`, (stage) => at(stage, n).finish(i, { code })),
      ),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(which, dpNumber)
      .map(([i, n]) => step(`work ${i} of ${n} succeeds`, (stage) => at(stage, n).finish(i, 'succeeded'))),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(which, dpNumber)
      .map(([i, n]) => step(`work ${i} of ${n} goes on`, (stage) => at(stage, n).progress(i))),
  },
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
  { weight: 2, arbitrary: fc.constant(step('back the DP up', (stage) => at(stage, 0).backUp())) },
  { weight: 1, arbitrary: fc.constant(step('restore the DP', (stage) => at(stage, 0).restore())) },
  {
    weight: 1,
    arbitrary: dpNumber.map((n) => step(`DP ${n} forgets its poll`, (stage) => at(stage, n).forgetPoll())),
  },
  {
    weight: 3,
    arbitrary: dpNumber.map((n) =>
      step(`a gateway takes the tickets of ${n} and hangs`, (stage) => stage.world.hang(dpOf(stage, n))),
    ),
  },
  { weight: 3, arbitrary: fc.constant(step('the hung gateway claims', ({ world }) => world.goOn())) },
  {
    weight: 1,
    arbitrary: dpNumber.map((n) =>
      step(`the tickets of ${n} are lost`, (stage) => stage.world.loseTickets(dpOf(stage, n))),
    ),
  },
  {
    weight: 1,
    arbitrary: computer.map((c) =>
      step(`delete ${c}`, ({ world }) => world.remove(world.computers[c] ?? '')),
    ),
  },
  {
    weight: 10,
    arbitrary: fc
      .integer({ min: 0, max: 5 })
      .map((n) => step(`the next one dies at write ${n}`, ({ world }) => world.dieAt(n))),
  },
  {
    weight: 1,
    arbitrary: computer.map((c) =>
      step(`client of ${c} registers`, async ({ world, dps }) => {
        const id = world.computers[c] ?? '';
        const order = dps.map((dp) => dp.installedBy(id)).find((one) => one !== null);
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
export async function play(world: OrderHarness, run: Iterable<Step>): Promise<void> {
  const stage: Stage = { world, dps: world.dps.map((dp) => new SimDp(world, dp)) };
  const seen: Seen = { orders: new Map() };
  await fc.asyncModelRun(() => ({ model: seen, real: stage }), run);
  await world.goOn();
  await world.enableDp(true);
  await everyTicketIsThere(seen, stage);
  // longer than any expiry, with stops for what becomes due on the way
  for (let hours = 0; hours < 9 * 24; hours += 12) await world.advance(12 * 3600);
  await lookAround(seen, stage);
  const open = [...seen.orders.values()].filter(({ isFinal }) => !isFinal);
  if (open.length > 0) throw new Error(`never ended: ${JSON.stringify(open)}`);
}

/** What has waited for a DP that asks for some minutes is handed out: a lost ticket is put back by then. */
async function everyTicketIsThere(seen: Seen, stage: Stage): Promise<void> {
  const queued = async (): Promise<string[]> =>
    (await stage.world.look()).orders.filter(({ state }) => state === 'queued').map(({ id }) => id);
  const ask = async (): Promise<void> => {
    for (const dp of stage.dps) {
      // the first may only repeat what had no answer
      await dp.poll(false);
      await dp.poll(false);
    }
  };
  const waiting = await queued();
  // tickets of what is over lie in the place of lost ones until their DP takes them
  await ask();
  for (let turn = 0; turn < 6; turn += 1) await stage.world.advance(20);
  await ask();
  await lookAround(seen, stage);
  const still = (await queued()).filter((id) => waiting.includes(id));
  if (still.length > 0) throw new Error(`has no ticket: ${still.join(', ')}`);
}

async function lookAround(seen: Seen, { world, dps }: Stage): Promise<void> {
  const { computers, orders } = await world.look();
  const faults = dps.flatMap((dp) => dp.faults);
  for (const { id, fixedDp, isRegistered, openOrder } of computers) {
    const open = orders.filter((one) => one.computer === id && !one.isFinal);
    if (open.length > 1) faults.push(`${id} has open orders ${open.map((one) => one.id).join(', ')}`);
    if (!world.isTorn && openOrder !== null && !open.some((one) => one.id === openOrder))
      faults.push(`${id} points at ${openOrder}, which is not open`);
    if (!isRegistered && fixedDp !== world.dps[0]) faults.push(`the fixed DP of ${id} is ${fixedDp}`);
  }
  for (const order of orders) {
    const before = seen.orders.get(order.id);
    if (before?.isFinal && before.state !== order.state)
      faults.push(`${order.id} was ${before.state} and is ${order.state}`);
    if (order.holder !== null && order.holder !== order.dp)
      faults.push(`${order.id} is ${order.dp}'s, and leased to ${order.holder}`);
    const rounds = dps.map((dp) => dp.accepted.get(order.id)?.size ?? 0);
    const worked = rounds.reduce((sum, one) => sum + one, 0);
    if (order.attempt > worked) faults.push(`${order.id} counts ${order.attempt} attempts of ${worked}`);
    seen.orders.set(order.id, order);
  }
  for (const id of seen.orders.keys())
    if (!orders.some((order) => order.id === id)) faults.push(`${id} has vanished`);
  if (faults.length > 0) throw new Error(faults.join('\n'));
}
