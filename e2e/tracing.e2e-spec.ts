import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { findFolderComputer, restartFolderComputer } from '../tools/dev/folder-computer.ts';
import { eventually } from '../tools/testing/eventually.js';
import { ForeignDp, type ForeignOrder } from './support/foreign-dp.js';
import { OtlpReceiver, type ReceivedSpan } from '../tools/testing/otlp-receiver.js';
import type { Program } from './support/processes.js';
import { Stack } from './support/stack.js';

jest.setTimeout(300_000);

const SLOW = { timeoutMs: 120_000 };
/** Has each program say what it loads of OpenTelemetry. */
const WATCHED = {
  NODE_OPTIONS: `--import=${pathToFileURL(join(__dirname, 'support', 'loaded-modules.mjs')).href}`,
};

interface ComputerView {
  id: string;
  name: string;
  state: string;
}
type LogLine = Record<string, unknown> & { level: string; time: string; msg: string };

function linesOf(program: Program): LogLine[] {
  return program
    .log()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as LogLine);
}

function loadedBy(program: Program): string[] {
  return [...new Set(Array.from(program.log().matchAll(/^loaded (\S+)/gm), ([, name = '']) => name))];
}

/** What a DP has kept of its orders and reports. */
function journalOf(dp: string, stack: Stack): string {
  return readFileSync(join(stack.dps.get(dp)?.state ?? '', 'journal'), 'utf8');
}

/** A tenant with some computers in folders, and a DP that installs in them. */
class Site {
  readonly folders: string;

  constructor(readonly stack: Stack) {
    this.folders = join(stack.folder, 'computers');
    mkdirSync(this.folders);
  }

  async begin(): Promise<void> {
    await this.stack.api.ok('PATCH', '/settings', { pollInterval: 5 });
    await this.stack.publishClient();
    await this.stack.addDp(
      'berlin',
      `${JSON.stringify({ methods: ['local'], local: { root: this.folders } })}\n`,
    );
    await this.stack.api.ok('POST', '/accounts', {
      label: 'Site administrators',
      tenant: 'default',
      username: 'marked-account-name',
      password: 'marked-account-password',
      order: 1,
      scope: 'all',
    });
  }

  async import(names: readonly string[], dp: string): Promise<ComputerView[]> {
    await this.stack.importCsv(['Name', ...names].join('\r\n'), dp);
    return Promise.all(names.map((name) => this.computer(name)));
  }

  async computer(name: string): Promise<ComputerView> {
    const { items } = await this.stack.api.ok<{ items: ComputerView[] }>('GET', `/computers?q=${name}`);
    const found = items.find((one) => one.name === name);
    if (!found) throw new Error(`no computer ${name}`);
    return found;
  }

  async reaches(name: string, state: string): Promise<void> {
    await eventually(async () => {
      const computer = await this.computer(name);
      if (computer.state !== state) throw new Error(`${name}: ${JSON.stringify(computer)}`);
    }, SLOW);
  }

  async restart(name: string): Promise<void> {
    await restartFolderComputer(findFolderComputer(this.folders, name) ?? '');
  }
}

describe('with a collector', () => {
  let stack: Stack;
  let site: Site;
  let receiver: OtlpReceiver;

  const traceOfOrder = (order: string): string =>
    receiver.spans.find(
      ({ name, attributes }) => name === 'release' && attributes['relaypoint.order'] === order,
    )?.traceId ?? '';
  const parentOf = (span: ReceivedSpan | undefined): ReceivedSpan | undefined =>
    receiver.spans.find(({ spanId, traceId }) => spanId === span?.parentId && traceId === span.traceId);

  beforeAll(async () => {
    receiver = await OtlpReceiver.start();
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20for-the-collector',
      OTEL_BSP_SCHEDULE_DELAY: '200',
      ...WATCHED,
    };
    stack = await Stack.start({ serverEnv: env, gatewayEnv: env });
    site = new Site(stack);
    await site.begin();
  });
  afterAll(async () => {
    await stack?.stop();
    await receiver?.stop();
  });

  it('tells the way of an order from its release to ready as one trace, and greps as one correlation', async () => {
    const [computer] = await site.import(['PC-1'], 'berlin');
    const callers = { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8) };
    const released = await stack.api.ok<{ results: { order: string }[] }>(
      'POST',
      '/computers/release',
      { computers: [computer?.id] },
      {
        'x-request-id': 'the-release-of-PC-1',
        traceparent: `00-${callers.traceId}-${callers.spanId}-01`,
      },
    );
    const order = released.results[0]?.order ?? '';
    await site.reaches('PC-1', 'pending-restart');
    await site.restart('PC-1');
    await site.reaches('PC-1', 'ready');

    const trace = await eventually(() => {
      const spans = receiver.ofTrace(callers.traceId);
      const names = spans.map(({ service, name }) => `${service} ${name}`);
      expect(names).toEqual(
        expect.arrayContaining([
          'relaypoint-server POST /api/v1/computers/release',
          'relaypoint-server release',
          'relaypoint-server send dp.{dp}.orders',
          'relaypoint-dp-gateway process dp.{dp}.orders',
          'relaypoint-dp-gateway send relaypoint.rpc.server',
          'relaypoint-server process relaypoint.rpc.server',
          'relaypoint-server claim',
          'relaypoint-dp-gateway hand over',
          'relaypoint-dp-gateway POST /dp/v1/reports',
          'relaypoint-dp-gateway send relaypoint.status',
          'relaypoint-server process relaypoint.status',
          'relaypoint-server report accepted',
          'relaypoint-server phase install',
          'relaypoint-server report succeeded',
          'relaypoint-server registration',
          'relaypoint-server order succeeded',
          'relaypoint-server ready',
        ]),
      );
      return spans;
    }, SLOW);

    const named = (name: string): ReceivedSpan | undefined => trace.find((span) => span.name === name);
    const parents = (name: string): string | undefined => parentOf(named(name))?.name;
    // each station follows from the one before it
    expect(named('POST /api/v1/computers/release')?.parentId).toBe(callers.spanId);
    expect(parents('release')).toBe('POST /api/v1/computers/release');
    expect(parents('send dp.{dp}.orders')).toBe('release');
    expect(parents('process dp.{dp}.orders')).toBe('send dp.{dp}.orders');
    expect(parents('send relaypoint.rpc.server')).toBe('process dp.{dp}.orders');
    expect(parents('process relaypoint.rpc.server')).toBe('send relaypoint.rpc.server');
    expect(parents('claim')).toBe('process relaypoint.rpc.server');
    expect(parents('hand over')).toBe('claim');
    expect(parents('POST /dp/v1/reports')).toBe('claim');
    expect(parents('send relaypoint.status')).toBe('POST /dp/v1/reports');
    expect(parents('process relaypoint.status')).toBe('send relaypoint.status');
    expect(parents('report accepted')).toBe('process relaypoint.status');
    expect(parents('phase install')).toBe('release');
    expect(parents('registration')).toBe('release');
    expect(parents('ready')).toBe('release');
    // nothing is held open, and nothing ends before it begins
    for (const { name, start, end } of trace) {
      expect({ name, isInOrder: end >= start }).toEqual({ name, isInOrder: true });
      if (!name.startsWith('phase '))
        expect({ name, isShort: end - start < 30_000_000_000n }).toEqual({ name, isShort: true });
    }
    expect(trace.filter(({ isError }) => isError)).toEqual([]);
    expect(named('send dp.{dp}.orders')).toMatchObject({
      kind: 'producer',
      attributes: {
        'messaging.system': 'rabbitmq',
        'messaging.operation.type': 'send',
        'messaging.destination.name': 'dp.berlin.orders',
        'messaging.message.conversation_id': 'the-release-of-PC-1',
        'relaypoint.order': order,
      },
    });
    expect(named('process dp.{dp}.orders')?.kind).toBe('consumer');
    // what has a trace of its own is linked to
    expect(named('registration')?.links).toHaveLength(1);

    const correlated = (program: Program | undefined): string[] =>
      (program ? linesOf(program) : [])
        .filter(({ correlation }) => correlation === 'the-release-of-PC-1')
        .map(({ msg }) => msg);
    expect(correlated(stack.servers[0])).toEqual(
      expect.arrayContaining([
        'released',
        'order queued',
        'order leased',
        'order accepted',
        'order progress',
        'client registered',
        'order succeeded',
        'client contact',
      ]),
    );
    // the control of the test without a collector
    expect(journalOf('berlin', stack)).toContain('traceparent');
    expect(correlated(stack.gateways[0])).toEqual(
      expect.arrayContaining(['order handed over', 'report taken']),
    );
    expect(correlated(stack.dps.get('berlin')?.agent)).toEqual(
      expect.arrayContaining(['order accepted', 'order progress', 'order succeeded']),
    );
  });

  it('writes every line of every program as JSON, with the level as a word and the time as ISO 8601', () => {
    for (const program of stack.programs()) {
      const others = program
        .log()
        .split('\n')
        .filter((line) => line !== '' && !/^(?:\{|loaded @)/.test(line));
      expect({ program: program.name, others }).toEqual({ program: program.name, others: [] });
      for (const { level, time } of linesOf(program)) {
        expect(level).toMatch(/^(?:debug|info|warn|error)$/);
        expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      }
    }
  });

  it('gives each of many orders of one release a trace of its own, linked to the release', async () => {
    const computers = await site.import(['PC-11', 'PC-12', 'PC-13'], 'berlin');
    const released = await stack.api.ok<{ results: { order: string }[] }>(
      'POST',
      '/computers/release',
      { computers: computers.map(({ id }) => id) },
      { 'x-request-id': 'three-at-once' },
    );
    for (const { name } of computers) await site.reaches(name, 'pending-restart');
    await eventually(() => {
      const traces = released.results.map(({ order }) => traceOfOrder(order));
      expect(new Set(traces).size).toBe(3);
      for (const traceId of traces) {
        const spans = receiver.ofTrace(traceId);
        expect(spans.map(({ name }) => name)).toEqual(
          expect.arrayContaining([
            'release',
            'claim',
            'hand over',
            'phase install',
            'report succeeded',
            'registration',
          ]),
        );
        const release = spans.find(({ name }) => name === 'release');
        const [link] = release?.links ?? [];
        const origin = receiver.spans.find(({ spanId }) => spanId === link?.spanId);
        expect(origin?.name).toBe('POST /api/v1/computers/release');
      }
    }, SLOW);
    const correlated = linesOf(stack.gateways[0]!).filter(
      ({ correlation }) => correlation === 'three-at-once',
    );
    expect(new Set(correlated.map(({ order }) => order))).toEqual(
      new Set(released.results.map(({ order }) => order)),
    );
  });

  it('keeps the trace of an order whose DP knows nothing of traces', async () => {
    const { joinCommand } = await stack.api.ok<{ joinCommand: string }>('POST', '/distribution-points', {
      id: 'foreign',
      name: 'foreign',
      tenant: null,
    });
    const dp = new ForeignDp('foreign', stack.gatewayUrls[0] ?? '');
    await dp.enrol(/--token (\S+)/.exec(joinCommand)?.[1] ?? '');
    await stack.api.ok('POST', '/distribution-points/foreign/enable', { keyFingerprint: dp.fingerprint });
    await stack.api.ok('POST', '/accounts', {
      label: 'For foreign ones',
      tenant: 'default',
      username: 'marked-account-name',
      password: 'marked-account-password',
      order: 2,
      scope: 'all',
    });
    const [computer] = await site.import(['PC-21'], 'foreign');
    const { results } = await stack.api.ok<{ results: { order: string }[] }>(
      'POST',
      '/computers/release',
      { computers: [computer?.id] },
      { 'x-request-id': 'to-the-foreign-one' },
    );
    const taken = await eventually(async (): Promise<ForeignOrder> => {
      const [first] = (await dp.poll({ wait: 5 })).body.orders;
      if (!first) throw new Error('no order yet');
      return first.order;
    }, SLOW);
    expect(results).toEqual([expect.objectContaining({ order: taken.order })]);
    await dp.report([{ order: taken, state: 'accepted' }]);
    await dp.report([
      { order: taken, state: 'failed', phase: 'reach', failure: { code: 'HOST_UNREACHABLE' } },
    ]);
    const spans = (): ReceivedSpan[] => receiver.ofTrace(traceOfOrder(taken.order));
    await eventually(() => {
      const names = spans().map(({ name }) => name);
      expect(names).toEqual(expect.arrayContaining(['release', 'claim', 'report accepted', 'report failed']));
    }, SLOW);
    expect(spans().find(({ name }) => name === 'report failed')?.isError).toBe(true);
  });

  it('traces neither health nor polls, and says no secret', () => {
    const names = new Set(receiver.spans.map(({ name }) => name));
    expect([...names].filter((name) => /health|metrics|poll|GET/.test(name))).toEqual([]);
    const said = receiver.spans.map(({ attributes }) => JSON.stringify(attributes)).join('\n');
    for (const secret of ['marked-account', stack.token, 'password', 'token'])
      expect(said).not.toContain(secret);
    expect(new Set(receiver.authorizations)).toEqual(new Set(['Bearer for-the-collector']));
    expect(receiver.faults).toEqual([]);
  });

  it('loads the SDK, so that the test without a collector can fail', () => {
    for (const program of [...stack.servers, ...stack.gateways])
      expect(loadedBy(program)).toContain('@opentelemetry/sdk-trace');
  });
});

describe('without a collector', () => {
  let stack: Stack;

  beforeAll(async () => {
    const env = { OTEL_SERVICE_NAME: 'named-all-the-same', OTEL_TRACES_SAMPLER: 'always_on', ...WATCHED };
    stack = await Stack.start({ serverEnv: env, gatewayEnv: env });
  });
  afterAll(() => stack?.stop());

  it('loads nothing of the SDK, and orders carry no trace', async () => {
    const site = new Site(stack);
    await site.begin();
    const [computer] = await site.import(['PC-31'], 'berlin');
    await stack.api.ok(
      'POST',
      '/computers/release',
      { computers: [computer?.id] },
      { traceparent: `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01` },
    );
    await site.reaches('PC-31', 'pending-restart');
    expect(journalOf('berlin', stack)).not.toContain('traceparent');
    for (const program of [...stack.servers, ...stack.gateways]) {
      // the API alone comes with the library of measures, and is a few functions that do nothing
      expect(loadedBy(program).filter((name) => name !== '@opentelemetry/api')).toEqual([]);
    }
  });
});
