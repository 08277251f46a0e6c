import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OrderContext, Report } from '#contract';
import { generateSigningKeyPair, makeDpToken, publicKeyText } from '#sealing';
import { eventually } from '../../../../tools/testing/eventually.js';
import { orderFor } from '../../testing/agent.js';
import { TestGateway } from '../../testing/gateway.js';
import { GatewayClient } from '../protocol/gateway-client.js';
import { Journal } from '../journal/journal.js';
import { makeLog } from '../base/log.js';
import { ReportQueue } from './report-queue.js';
import { expectServerErrors } from '../../../../tools/testing/server-errors.js';

// what the gateway of these tests answers while it is away
expectServerErrors(503);

let folder: string;
let gateway: TestGateway;
let journal: Journal;
let queue: ReportQueue;
let ending: AbortController;
let lines: string[];
let done: Promise<void>;
let keys: ReturnType<typeof generateSigningKeyPair>;

function queueOf(of: Journal): ReportQueue {
  const token = () => makeDpToken(gateway.dp, keys.privateKey, new Date());
  const client = new GatewayClient({ url: gateway.url, token });
  return new ReportQueue(
    of,
    client,
    makeLog((line) => lines.push(line), 'json'),
  );
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reports-'));
  gateway = new TestGateway();
  await gateway.start();
  keys = generateSigningKeyPair();
  gateway.signingKey = publicKeyText(keys.publicKey);
  journal = await Journal.open(join(folder, 'journal'), new Date());
  lines = [];
  ending = new AbortController();
  queue = queueOf(journal);
  done = Promise.resolve();
});
afterEach(async () => {
  ending.abort();
  await done;
  await journal.close();
  await gateway.stop();
  await rm(folder, { recursive: true });
});

function report(n: number, changes: Partial<Report> = {}): Report {
  const at = new Date().toISOString();
  return {
    report: `r${n}`,
    order: `o${n}`,
    fence: 1,
    attempt: 1,
    seq: 1,
    at,
    state: 'progress',
    phase: 'reach',
    ...changes,
  };
}
const arrived = () => gateway.reports.map((one) => one.report);

describe('the report queue', () => {
  it('keeps reports in the journal until the gateway has said 202', async () => {
    gateway.misbehave.reports.push({ status: 503 }, { status: 429, headers: { 'retry-after': '1' } });
    done = queue.run(ending.signal);
    await queue.add(report(1));
    await eventually(() => expect(gateway.misbehave.reports).toHaveLength(0));
    expect(journal.unsentReports()).toHaveLength(1);
    await eventually(() => expect(arrived()).toEqual(['r1']));
    await eventually(() => expect(journal.unsentReports()).toHaveLength(0));
  });

  it('sends in the order they were made, at most 100 at once', async () => {
    for (let n = 0; n < 250; n++) await queue.add(report(n));
    done = queue.run(ending.signal);
    await eventually(() => expect(arrived()).toEqual(Array.from({ length: 250 }, (_, n) => `r${n}`)));
  });

  it('keeps calls small when the reports are large', async () => {
    for (let n = 0; n < 90; n++) await queue.add(report(n, { log: 'x'.repeat(16_000) }));
    done = queue.run(ending.signal);
    await eventually(() => expect(arrived()).toHaveLength(90));
    expect(Math.max(...gateway.reportCalls)).toBeLessThan(600_000);
    expect(gateway.reportCalls.length).toBeLessThan(6);
  });

  it('drops only the report that the gateway refuses, and says so', async () => {
    gateway.faulty = (one) => one.report === 'r17' || one.report === 'r40';
    for (let n = 0; n < 60; n++) await queue.add(report(n));
    done = queue.run(ending.signal);
    await eventually(() => expect(arrived()).toHaveLength(58));
    expect(arrived()).not.toContain('r17');
    await eventually(() => expect(journal.unsentReports()).toHaveLength(0));
    const dropped = lines.filter((line) => line.includes('report dropped'));
    expect(dropped.map((line) => (JSON.parse(line) as { report: string }).report)).toEqual(['r17', 'r40']);
  });

  it('says with each call which request its orders come from, also after a restart', async () => {
    const trace = (digit: string) => `00-${digit.repeat(32)}-${digit.repeat(16)}-01`;
    const taken = async (n: number, context: OrderContext): Promise<void> => {
      const order = orderFor(gateway, { order: `o${n}`, ...context });
      await journal.write({ entry: 'order', order, at: new Date().toISOString() });
    };
    await taken(1, { correlation: 'first', traceparent: trace('1') });
    await taken(2, {});
    await taken(3, { correlation: 'mass', traceparent: trace('3') });
    await taken(4, { correlation: 'mass', traceparent: trace('4') });
    const made = [
      report(3),
      report(1),
      report(4),
      report(2),
      report(1, { report: 'r1b', state: 'succeeded' }),
    ];
    for (const one of made) await journal.write({ entry: 'report', report: one });
    await journal.close();
    journal = await Journal.open(join(folder, 'journal'), new Date());
    queue = queueOf(journal);
    await queue.flush(ending.signal);
    expect(arrived()).toEqual(['r3', 'r4', 'r1', 'r1b', 'r2']);
    expect(gateway.reportContexts).toEqual([
      { correlation: 'mass' },
      { correlation: 'first', traceparent: trace('1') },
      {},
    ]);
  });

  it.each([401, 403, 404])('drops nothing when all of it is refused with %i', async (status) => {
    gateway.misbehave.reports.push({ status });
    await queue.add(report(1));
    await queue.flush(ending.signal);
    expect(journal.unsentReports()).toHaveLength(1);
    await queue.flush(ending.signal);
    expect(arrived()).toEqual(['r1']);
  });

  // a firewall's block page, a proxy's limit, a JSON that says nothing, a portal's login
  it.each([
    [400, 'text/html', '<html>Your request was blocked by the web application firewall</html>'],
    [413, 'text/html', '<html>413 Request Entity Too Large</html>'],
    [422, 'application/json', '{"error":"policy"}'],
    [409, 'application/problem+json', '{"title":"Conflict"}'],
    [302, 'text/html', '<html>Please log in to the guest network</html>'],
    [200, 'text/html', '<html>Please log in to the guest network</html>'],
  ])('keeps its reports when something on the way answers %i %s', async (status, type, body) => {
    const page = { status, body, headers: { 'content-type': type, location: 'http://10.0.0.1/login' } };
    for (const n of [1, 2]) await queue.add(report(n));
    gateway.misbehave.reports.push(page, page, page);
    await queue.flush(ending.signal);
    expect(journal.unsentReports()).toHaveLength(2);
    expect(lines.join('')).not.toContain('dropped');
    gateway.misbehave.reports.splice(0);
    await queue.flush(ending.signal);
    expect(arrived()).toEqual(['r1', 'r2']);
  });

  it('sends again what was stored but not confirmed, under the same id', async () => {
    gateway.misbehave.reports.push('cut');
    await queue.add(report(1));
    await queue.flush(ending.signal);
    await queue.flush(ending.signal);
    expect(arrived()).toEqual(['r1', 'r1']);
  });
});
