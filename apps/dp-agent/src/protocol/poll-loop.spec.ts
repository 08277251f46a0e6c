import { type AddressInfo, connect, createServer } from 'node:net';
import type { AgentInfo, OrderFence } from '#contract';
import { generateSigningKeyPair, makeDpToken, publicKeyText } from '#sealing';
import { eventually } from '../../../../tools/testing/eventually.js';
import { orderFor } from '../../testing/agent.js';
import { TestGateway } from '../../testing/gateway.js';
import { Backoff } from '../base/backoff.js';
import { GatewayClient } from './gateway-client.js';
import { makeLog } from '../base/log.js';
import { PollLoop } from './poll-loop.js';
import type { UnverifiedPollAnswer } from './wire.js';
import { expectServerErrors } from '../../../../tools/testing/server-errors.js';

// what the gateway of these tests answers while it is away
expectServerErrors(503);

// The loop against a real HTTP server.

let gateway: TestGateway;
let ending: AbortController;
let answers: UnverifiedPollAnswer[];
let capacity: number;
let running: OrderFence[];
let info: AgentInfo;
let lines: string[];
let done: Promise<void>;
let loop: PollLoop;

beforeEach(async () => {
  gateway = new TestGateway();
  await gateway.start();
  ending = new AbortController();
  answers = [];
  capacity = 5;
  running = [];
  lines = [];
  info = { version: '1', os: 'Linux', hostname: 'dp', localAccounts: 0 };
});
afterEach(async () => {
  ending.abort();
  await done;
  await gateway.stop();
});

function start(longPoll = 0, url = gateway.url): void {
  const keys = generateSigningKeyPair();
  gateway.signingKey = publicKeyText(keys.publicKey);
  const token = () => makeDpToken(gateway.dp, keys.privateKey, new Date());
  loop = new PollLoop({
    gateway: new GatewayClient({ url, token }),
    log: makeLog((line) => lines.push(line)),
    capacity: () => capacity,
    running: () => running,
    agentInfo: () => info,
    onAnswer: (answer) => {
      answers.push(answer);
      return Promise.resolve();
    },
    longPoll,
    backoff: new Backoff(0.05, 0.2),
  });
  done = loop.run(ending.signal);
}
const polled = (times: number) =>
  eventually(() => expect(gateway.polls.length).toBeGreaterThanOrEqual(times));

describe('the poll loop', () => {
  it('says who it is with its first poll and when that changed, and makes a new id for each poll', async () => {
    gateway.pollAfter = 0.01;
    start();
    await polled(3);
    const before = gateway.polls.length;
    info = { ...info, localAccounts: 2 };
    await polled(before + 3);
    const told = gateway.polls.flatMap((poll) => (poll.agent ? [poll.agent.localAccounts] : []));
    expect(told).toEqual([0, 2]);
    expect(new Set(gateway.polls.map((poll) => poll.poll)).size).toBe(gateway.polls.length);
  });

  it('waits as long as the server says after an empty answer', async () => {
    gateway.pollAfter = 60;
    start();
    await eventually(() => expect(answers).toHaveLength(1));
    await expect(
      eventually(() => expect(gateway.polls.length).toBeGreaterThan(1), { timeoutMs: 300 }),
    ).rejects.toThrow('toBeGreaterThan');
    loop.pollNow();
    await polled(2);
  });

  it('asks again at once after orders', async () => {
    gateway.pollAfter = 60;
    for (let n = 0; n < 7; n++) gateway.give(orderFor(gateway));
    start();
    await polled(3);
    expect(gateway.polls.map((poll) => poll.max)).toEqual([5, 5, 5]);
    expect(answers.map((answer) => answer.orders.length)).toEqual([5, 2, 0]);
  });

  it('holds a poll open, and has an order the moment there is one', async () => {
    gateway.pollAfter = 0.01;
    start(30);
    await polled(2);
    expect(gateway.polls.map((poll) => poll.wait).slice(0, 2)).toEqual([0, 30]);
    gateway.give(orderFor(gateway));
    await eventually(() => expect(answers.at(-1)?.orders).toHaveLength(1), { timeoutMs: 1000 });
  });

  it('opens the next long poll at once when one was held to its end, and after its introduction', async () => {
    gateway.pollAfter = 60;
    start(1);
    await polled(4);
    expect(gateway.polls.map((poll) => poll.wait).slice(0, 4)).toEqual([0, 1, 1, 1]);
  });

  it('waits as long as the server says when the server does not hold its long poll open', async () => {
    gateway.pollAfter = 60;
    gateway.holdsPolls = false;
    start(30);
    await eventually(() => expect(answers).toHaveLength(2));
    await expect(
      eventually(() => expect(gateway.polls.length).toBeGreaterThan(2), { timeoutMs: 300 }),
    ).rejects.toThrow('toBeGreaterThan');
  });

  it('repeats a poll whose answer was lost, under the same id, with what runs by then', async () => {
    gateway.misbehave.poll.push('cut', { status: 503 });
    gateway.give(orderFor(gateway));
    running = [{ order: 'o', fence: 1 }];
    start();
    await eventually(() => expect(answers.length).toBeGreaterThan(0));
    const [first, second] = gateway.polls;
    expect(second).toEqual({ ...first, again: true });
    expect(answers[0]?.orders).toHaveLength(1);
    expect(lines.join('\n')).toContain('gateway away');
  });

  it('leaves the gateway alone for as long as Retry-After says', async () => {
    gateway.misbehave.poll.push({ status: 429, headers: { 'retry-after': '1' } });
    const began = Date.now();
    start();
    await polled(1);
    expect(Date.now() - began).toBeGreaterThanOrEqual(990);
  });

  it('asks for little and does not hold the poll open while it works at its limit', async () => {
    capacity = 0;
    start(30);
    await polled(1);
    expect(gateway.polls[0]).toMatchObject({ max: 1, wait: 0 });
  });

  it('goes on asking when it is refused, and says why', async () => {
    gateway.misbehave.poll.push({
      status: 403,
      body: { code: 'DP_DISABLED', detail: 'by an administrator' },
    });
    start();
    await eventually(() => expect(lines.join('\n')).toContain('"code":"DP_DISABLED"'));
    await polled(1);
    expect(gateway.polls[0]?.again).toBeUndefined();
  });

  it('asks for the same orders again when something on the way has refused their answer', async () => {
    gateway.misbehave.poll.push({
      status: 403,
      body: '<html>x</html>',
      headers: { 'content-type': 'text/html' },
    });
    start();
    await eventually(() => expect(lines.join('\n')).toContain('"code":"HTTP_403"'));
    await polled(1);
    expect(gateway.polls[0]).toMatchObject({ again: true });
  });

  it('ends at once, even while a poll is open', async () => {
    gateway.pollAfter = 0.01;
    start(60);
    await polled(2);
    const began = Date.now();
    ending.abort();
    await done;
    expect(Date.now() - began).toBeLessThan(1000);
  });
});

describe('the pause before another try', () => {
  it('doubles up to its limit, and never undercuts what the gateway asks for', () => {
    const backoff = new Backoff(1, 10, () => 1);
    expect([1, 2, 3, 4, 5, 6].map(() => backoff.next())).toEqual([1, 2, 4, 8, 10, 10]);
    expect(backoff.next(30)).toBe(30);
    backoff.reset();
    expect(backoff.next()).toBe(1);
    expect(new Backoff(1, 10, () => 0).next()).toBe(0.5);
  });
});

describe('behind a proxy that ends silent connections', () => {
  it('asks for as long as gets through, once that was cut twice', async () => {
    const CUT_MS = 4_000;
    const cuts: number[] = [];
    const proxy = createServer((near) => {
      const far = connect(gateway.port, '127.0.0.1');
      near.pipe(far).pipe(near);
      near.setTimeout(CUT_MS, () => {
        cuts.push(Date.now());
        near.destroy();
        far.destroy();
      });
      for (const end of [near, far]) end.on('error', () => undefined);
      near.on('close', () => far.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    try {
      gateway.pollAfter = 0.05;
      start(30, `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
      const waits = () => gateway.polls.map(({ wait }) => wait);
      await eventually(() => expect(waits()).toContain(3), { timeoutMs: 60_000 });
      expect(lines.join()).toContain('something on the way ends silent connections');
      expect(waits().slice(0, 2)).toEqual([0, 30]);
      expect(cuts.length).toBe(2);
      // from now on each is answered
      const learned = answers.length;
      await eventually(() => expect(answers.length).toBeGreaterThan(learned + 1), { timeoutMs: 60_000 });
      expect(cuts.length).toBe(2);
    } finally {
      proxy.close();
    }
  }, 120_000);
});
