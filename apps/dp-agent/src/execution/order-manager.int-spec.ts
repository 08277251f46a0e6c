import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Report, WireOrder } from '#contract';
import { generateSigningKeyPair, signOrder } from '#sealing';
import { eventually } from '../../../../tools/testing/eventually.js';
import { offerScript, orderFor, TestAgent } from '../../testing/agent.js';
import { TestGateway } from '../../testing/gateway.js';

// What the agent makes of what a poll brings, over real HTTP, with folders as computers.
jest.setTimeout(120_000);

/** Installations take their time on a busy machine. */
const soon = <T>(look: () => T | Promise<T>) => eventually(look, { timeoutMs: 40_000 });

/** Each installer writes a line into its computer; `go` lets it end. */
const COUNTED =
  'echo run >> "$RELAYPOINT_ROOT/runs"; while [ -d "$RELAYPOINT_ROOT" ] && [ ! -e "$RELAYPOINT_ROOT/go" ]; do sleep 0.1; done; exit 0';

let gateway: TestGateway;
let agent: TestAgent;

beforeEach(async () => {
  gateway = new TestGateway();
  await gateway.start();
  agent = new TestAgent();
  agent.configure({
    methods: ['local'],
    local: { root: 'computers' },
    longPoll: 1,
    graceSeconds: 0,
    concurrency: 2,
  });
  await agent.join(gateway);
  agent.start();
});
afterEach(async () => {
  await agent.stop('SIGKILL');
  await gateway.stop();
});

const at = (order: WireOrder, file: string) => join(agent.state, 'computers', order.computer.name, file);
const runs = (order: WireOrder) => readFileSync(at(order, 'runs'), 'utf8').trim().split('\n').length;
const underWay = (order: WireOrder) => soon(() => expect(runs(order)).toBe(1));
const letEnd = (order: WireOrder) => writeFileSync(at(order, 'go'), '');
const seen = (order: WireOrder, what: (report: Report) => boolean) =>
  soon(() => {
    const report = gateway.reportsOf(order.order).findLast(what);
    if (!report) throw new Error(`not reported\n${agent.output}`);
    return report;
  });
const finished = (order: WireOrder, fence = order.fence) =>
  seen(
    order,
    ({ state, fence: own }) => own === fence && ['succeeded', 'failed', 'cancelled'].includes(state),
  );

function counted(changes: Partial<WireOrder> = {}): WireOrder {
  return orderFor(gateway, { release: offerScript(gateway, '1', COUNTED), ...changes });
}

describe('an order that a poll brings', () => {
  it('is refused when its signature is not by the pinned server key', async () => {
    const order = counted();
    gateway.give(order, signOrder(generateSigningKeyPair().privateKey, order));
    expect(await finished(order)).toMatchObject({
      state: 'failed',
      phase: 'deliver',
      failure: { code: 'DP_INTERNAL' },
    });
    // and a true one of the same name is still taken
    gateway.give(order);
    await underWay(order);
  });

  it('is refused when anything in it was changed, or when it was signed for another DP', async () => {
    const order = counted();
    gateway.give(
      { ...order, computer: { ...order.computer, name: 'PC-02' } },
      signOrder(gateway.server.privateKey, order),
    );
    expect(await finished(order)).toMatchObject({
      failure: { code: 'DP_INTERNAL', native: { code: 'ORDER_REFUSED' } },
    });
    const foreign = counted({ dp: 'dp-2' });
    gateway.give(foreign);
    expect(await finished(foreign)).toMatchObject({
      failure: { native: { text: 'the order is for another DP' } },
    });
  });

  it('with a field that this version does not know yet is verified and done', async () => {
    const order = { ...counted(), colour: 'green' };
    gateway.give(order);
    await underWay(order);
    letEnd(order);
    expect(await finished(order)).toMatchObject({ state: 'succeeded' });
  });

  it('is journalled before it is accepted, and listed as running until it ends', async () => {
    const order = counted();
    gateway.give(order);
    await seen(order, (report) => report.state === 'accepted');
    expect(agent.journal()).toContain(order.order);
    await underWay(order);
    const key = { order: order.order, fence: 1 };
    await soon(() => expect(gateway.polls.at(-1)?.running).toEqual([key]));
    letEnd(order);
    await finished(order);
    await soon(() => expect(gateway.polls.at(-1)?.running).toEqual([]));
  });

  it('comes once although the answer was lost: the same poll is asked again', async () => {
    const order = counted();
    gateway.misbehave.poll.push('cut');
    gateway.give(order);
    await underWay(order);
    const again = gateway.polls.filter((poll) => poll.again);
    expect(again).toHaveLength(1);
    expect(gateway.polls.filter((poll) => poll.poll === again[0]?.poll)).toHaveLength(2);
    letEnd(order);
    await finished(order);
    expect(runs(order)).toBe(1);
  });

  it('handed over again while it runs goes on under the new fence', async () => {
    const order = counted();
    gateway.give(order);
    await underWay(order);
    gateway.give({ ...order, fence: 2 });
    await seen(order, (report) => report.state === 'accepted' && report.fence === 2);
    letEnd(order);
    expect(await finished(order, 2)).toMatchObject({ state: 'succeeded' });
    expect(runs(order)).toBe(1);
  });

  it('handed over again after it ended is answered from the journal', async () => {
    const order = counted();
    gateway.give(order);
    await underWay(order);
    letEnd(order);
    const first = await finished(order);
    gateway.give({ ...order, fence: 5 });
    const second = await finished(order, 5);
    expect(second).toMatchObject({ state: 'succeeded', result: first.result, attempt: 1 });
    expect(second.seq).toBeGreaterThan(first.seq);
    expect(second.report).not.toBe(first.report);
    expect(runs(order)).toBe(1);
  });

  it('whose lease is lost is left alone, and taken up where it stands when it comes again', async () => {
    const order = counted();
    gateway.give(order);
    await underWay(order);
    gateway.tell('lost', order);
    await soon(() => expect(gateway.polls.at(-1)?.running).toEqual([]));
    letEnd(order);
    const before = gateway.reportsOf(order.order).length;
    gateway.give({ ...order, fence: 2, verify: true });
    expect(await finished(order, 2)).toMatchObject({ state: 'succeeded' });
    expect(runs(order)).toBe(1);
    expect(
      gateway
        .reportsOf(order.order)
        .slice(before)
        .every((report) => report.fence === 2),
    ).toBe(true);
  });

  it('is taken up when it comes again with the word that it was lost', async () => {
    const order = counted();
    gateway.give(order);
    await underWay(order);
    gateway.tell('lost', order);
    gateway.give({ ...order, fence: 2, verify: true });
    await seen(order, (report) => report.fence === 2 && report.state === 'accepted');
    letEnd(order);
    expect(await finished(order, 2)).toMatchObject({ state: 'succeeded' });
    expect(runs(order)).toBe(1);
  });

  it('with the next attempt takes over what an earlier one still does', async () => {
    const order = counted();
    gateway.give(order);
    await underWay(order);
    gateway.give({ ...order, attempt: 2, fence: 2, verify: true });
    await seen(order, (report) => report.attempt === 2 && report.phase === 'auth');
    letEnd(order);
    expect(await finished(order, 2)).toMatchObject({ state: 'succeeded', attempt: 2 });
    expect(runs(order)).toBe(1);
  });

  it('that was cancelled and is not known here needs no answer', async () => {
    const order = counted();
    gateway.tell('cancel', order);
    await soon(() => expect(agent.output).toContain('an order that is not known here was cancelled'));
    const next = counted();
    gateway.give(next);
    await underWay(next);
    letEnd(next);
    await finished(next);
    expect(gateway.reportsOf(order.order)).toEqual([]);
  });

  it('waits for its turn when as many run as may, and can be cancelled there', async () => {
    const orders = [1, 2, 3].map((n) =>
      counted({ computer: { name: `PC-${n}`, fqdn: null, address: null } }),
    );
    const [first, second, third] = orders as [WireOrder, WireOrder, WireOrder];
    for (const order of orders) gateway.give(order);
    await underWay(first);
    await underWay(second);
    await soon(() => expect(gateway.polls.at(-1)).toMatchObject({ max: 1, wait: 0 }));
    gateway.pollAfter = 0;
    for (const order of [first, second]) letEnd(order);
    await underWay(third);
    letEnd(third);
    for (const order of orders) expect(await finished(order)).toMatchObject({ state: 'succeeded' });
  });
});

describe('the end of the agent', () => {
  it('leaves what runs to the next start', async () => {
    const order = counted();
    gateway.give(order);
    await underWay(order);
    expect(await agent.stop()).toBe(0);
    expect(gateway.ended(order.order)).toBeUndefined();
    letEnd(order);
    agent.start();
    expect(await finished(order)).toMatchObject({ state: 'succeeded' });
    expect(runs(order)).toBe(1);
  });

  it('says which of two agents may use a state folder', async () => {
    await soon(() => expect(gateway.polls.length).toBeGreaterThan(0));
    const second = await agent.command('run');
    expect(second).toMatchObject({ code: 2 });
    expect(second.text).toContain('another agent (pid');
    gateway.tell('lost', counted());
    await soon(async () => expect((await agent.command('status')).text).toContain('agent: running'));
  });

  it('is a clear message when the journal was tampered with', async () => {
    const order = counted();
    gateway.give(order);
    await underWay(order);
    await agent.stop('SIGKILL');
    writeFileSync(join(agent.state, 'journal'), agent.journal().replace('install-client', 'install-klient'));
    const { code, text } = await agent.command('run');
    expect(code).toBe(1);
    expect(text).toMatch(/journal, line \d+: its checksum does not fit/);
    expect(text).not.toContain('    at ');
  });
});

describe('an agent that got an old journal back', () => {
  /** Kills the agent and sees its open poll to its end, which would swallow what is given next. */
  const kill = async () => {
    await agent.stop('SIGKILL');
    await soon(() => expect(gateway.openPolls).toBe(0));
  };
  const restore = async (journal: string) => {
    await kill();
    writeFileSync(join(agent.state, 'journal'), journal);
    agent.start();
  };

  it('does not install again what it does not remember, but says how that ended', async () => {
    await soon(() => expect(gateway.polls.length).toBeGreaterThan(0));
    const old = agent.journal();
    const order = counted();
    gateway.give(order);
    await underWay(order);
    letEnd(order);
    const first = await finished(order);
    await soon(() =>
      expect(readdirSync(at(order, `var/lib/relaypoint-dp/${order.order}-1`))).toEqual(['rc']),
    );
    await restore(old);
    gateway.give({ ...order, fence: 2, verify: true });
    expect(await finished(order, 2)).toMatchObject({ state: 'succeeded', result: first.result });
    expect(runs(order)).toBe(1);
  });

  it('takes over a run that it does not remember', async () => {
    await soon(() => expect(gateway.polls.length).toBeGreaterThan(0));
    const old = agent.journal();
    const order = counted();
    gateway.give(order);
    await underWay(order);
    await restore(old);
    gateway.give({ ...order, fence: 2, verify: true });
    await seen(order, (report) => report.fence === 2 && report.phase === 'auth');
    letEnd(order);
    expect(await finished(order, 2)).toMatchObject({ state: 'succeeded' });
    expect(runs(order)).toBe(1);
  });

  it('does not begin anew what the server knows to be over', async () => {
    const order = counted();
    gateway.give(order);
    await seen(order, (report) => report.state === 'accepted');
    const old = agent.journal();
    await underWay(order);
    letEnd(order);
    await finished(order);
    gateway.tell('lost', order);
    await soon(() => expect(gateway.polls.at(-1)?.running).toEqual([]));
    await kill();
    gateway.tell('lost', order);
    await restore(old);
    await soon(() => expect(agent.output).toContain('lease lost, the order is left'));
    const next = counted();
    gateway.give(next);
    await underWay(next);
    expect(runs(order)).toBe(1);
  });
});
