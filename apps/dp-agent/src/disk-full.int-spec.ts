import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Report } from '#contract';
import { describeAsRoot } from '../../../tools/testing/as-root.js';
import { eventually } from '../../../tools/testing/eventually.js';
import { offerScript, orderFor, TestAgent } from '../testing/agent.js';
import { TestGateway } from '../testing/gateway.js';
import { succeeded } from '../testing/succeeded.js';

// The agent on a small disk of its own (tmpfs, so this needs root as the computers of other tests do).
jest.setTimeout(240_000);

const soon = <T>(look: () => T | Promise<T>) => eventually(look, { timeoutMs: 60_000 });
const mount = (...words: string[]) => execFileSync('mount', words);

let gateway: TestGateway;
let agent: TestAgent;

beforeEach(async () => {
  gateway = new TestGateway();
  await gateway.start();
  agent = new TestAgent();
  mount('-t', 'tmpfs', '-o', 'size=4m,mode=700', 'dp-state', agent.state);
  agent.configure({
    methods: ['local'],
    local: { root: `${agent.state}-computers` },
    longPoll: 1,
    graceSeconds: 0,
  });
  await agent.join(gateway);
});
afterEach(async () => {
  await agent.stop('SIGKILL');
  execFileSync('umount', [agent.state]);
  await gateway.stop();
});

function fill(): void {
  try {
    writeFileSync(join(agent.state, 'ballast'), Buffer.alloc(8 * 1024 * 1024));
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC');
  }
}
async function ended(script = 'exit 0'): Promise<Report> {
  const order = orderFor(gateway, {
    release: offerScript(gateway, '1', script),
    method: { kinds: ['local'], port: 22, hostKey: { policy: 'pin', known: null } },
  });
  gateway.give(order);
  return soon(() => {
    const report = gateway.ended(order.order);
    if (!report) throw new Error(`${order.order} has not ended\n${agent.output}`);
    return report;
  });
}
const leftovers = () => readdirSync(agent.state).filter((name) => name.endsWith('.new'));

describeAsRoot('an agent whose disk is full', () => {
  it('says so once, takes no orders, reports why, and goes on when there is room again', async () => {
    agent.start();
    expect(succeeded(await ended())).toMatchObject({ state: 'succeeded' });
    fill();
    await soon(async () => {
      expect(await ended()).toMatchObject({
        state: 'failed',
        failure: { code: 'DP_INTERNAL', native: { system: 'dp', code: 'ENOSPC' } },
      });
    });
    expect(await ended()).toMatchObject({ failure: { code: 'DP_INTERNAL', native: { code: 'ENOSPC' } } });
    expect(agent.output.split('no orders are taken until').length - 1).toBeGreaterThanOrEqual(1);
    expect(leftovers()).toEqual([]);
    const doctor = await agent.command('doctor');
    expect(doctor.text).toMatch(/FAIL {2}state folder: .*the disk is full/);

    rmSync(join(agent.state, 'ballast'));
    await soon(() => expect(agent.output).toContain('can be written again'));
    expect(succeeded(await ended())).toMatchObject({ state: 'succeeded' });
  });

  it('starts all the same, and brings what it took to its end', async () => {
    agent.start();
    const waits = ended('sleep 5');
    await soon(() => expect(gateway.reports.map(({ phase }) => phase)).toContain('install'));
    fill();
    expect(succeeded(await waits)).toMatchObject({ state: 'succeeded' });
    await agent.stop();
    writeFileSync(join(agent.state, 'journal.new'), '');
    agent.output = '';
    agent.start();
    await soon(() => expect(agent.output).toContain('agent started'));
    // a file that it is just writing is none
    await soon(() => expect(leftovers()).toEqual([]));
    fill(); // what was swept has made room
    expect(await ended()).toMatchObject({ failure: { code: 'DP_INTERNAL', native: { code: 'ENOSPC' } } });
  });

  it('is told in one sentence where nothing can be written at all', async () => {
    agent.start();
    expect(succeeded(await ended())).toMatchObject({ state: 'succeeded' });
    await agent.stop();
    mount('-o', 'remount,ro', agent.state);
    expect((await agent.command('doctor')).text).toMatch(/FAIL {2}state folder: .*read-only/);
    const { code, text } = await agent.command('run');
    expect([code, text]).toEqual([1, expect.stringContaining('the disk is mounted read-only')]);
    expect(text).not.toMatch(/^ {4}at /m);
    mount('-o', 'remount,rw', agent.state);
  });
});

describeAsRoot('an agent that lost its journal', () => {
  it('says that orders were under way', async () => {
    agent.start();
    const order = orderFor(gateway, { release: offerScript(gateway, '1', 'sleep 60') });
    gateway.give({ ...order, method: { ...order.method, kinds: ['local'] } });
    await soon(() => expect(gateway.polls.some(({ running }) => running.length > 0)).toBe(true));
    await soon(() => expect(gateway.reports.map(({ phase }) => phase)).toContain('install'));
    const polls = gateway.polls.length;
    await soon(() => expect(gateway.polls.length).toBeGreaterThan(polls + 1));
    await agent.stop('SIGKILL');
    rmSync(join(agent.state, 'journal'));
    agent.output = '';
    agent.start();
    await soon(() => expect(agent.output).toContain('the journal is empty'));
    expect(agent.output).toContain(order.order);
  });
});
