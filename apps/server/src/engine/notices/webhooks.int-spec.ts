import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { getConnectionToken } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { type Brake, type DpId, importFailed, type ImportRun } from '#domain';
import { Publisher } from '#messaging';
import { DistributionPointRepository, ImportRunRepository } from '#persistence';
import { anyFreePort } from '../../../../../tools/peers/ports.ts';
import { eventually } from '../../../../../tools/testing/eventually.js';
import { ShortLife } from '../../../../../tools/testing/short-life.js';
import { enabledDp } from '../../../testing/fixtures.js';
import { Receiver, type Received } from '../../../testing/receiver.js';
import { startTestServer, type TestServer } from '../../../testing/test-server.js';
import { trippedBrake } from '../../../testing/tripped-brake.js';
import { DeliveryDispatcher } from './delivery-dispatcher.js';
import { DpNotices } from './dp-notices.js';
import { NoticeDistribution } from './notice-distribution.js';
import { NoticeWatch } from './notice-watch.js';

jest.setTimeout(120_000);

const PATIENT = { timeoutMs: 60_000 };
const TO_RECEIVER = { WEBHOOK_HOSTS: '127.0.0.1', NOTIFICATION_TIMEOUT_MS: '1000' };
/** A server that does nothing by itself while the test lasts. */
const ASLEEP = { SWEEP_INTERVAL_MS: '60000' };

let server: TestServer;
let receiver: Receiver;
let brakes = 0;

beforeAll(async () => {
  receiver = await Receiver.start();
  server = await startTestServer(TO_RECEIVER);
  for (const id of ['acme', 'umbrella']) await server.post('/api/v1/tenants', { id, name: id });
});
afterAll(async () => {
  await server?.stop();
  await receiver?.stop();
});

interface Made {
  id: string;
  secret: string;
}

async function target(path: string, more: Record<string, unknown> = {}): Promise<Made> {
  const wish = { tenant: 'default', name: path, url: receiver.url(path), format: 'cloudevents' };
  const { body, status } = await server.post('/api/v1/notification-targets', {
    ...wish,
    kinds: ['brake-tripped'],
    ...more,
  });
  expect([status, body.url]).toEqual([201, undefined]);
  return body;
}

function tripped(tenant = 'default'): Promise<Brake> {
  brakes += 1;
  return trippedBrake(server, brakes, tenant);
}

const deliveriesOf = async ({ id }: Made): Promise<Answered[]> =>
  (await server.get(`/api/v1/notification-deliveries?target=${id}`)).body.items;

interface Answered {
  id: string;
  state: string;
  attempts: { outcome: string; status: number | null; answer: string | null }[];
}

const ended = (made: Made, state: string): Promise<Answered> =>
  eventually(async () => {
    const [delivery] = await deliveriesOf(made);
    if (delivery?.state !== state) throw new Error(`not ${state}: ${JSON.stringify(delivery)}`);
    return delivery;
  }, PATIENT);

/** As a receiver does it that follows the specification. */
function isSignedBy(secret: string, { headers, text }: Received): boolean {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const signed = [headers['webhook-id'], headers['webhook-timestamp'], text].join('.');
  const expected = `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
  return String(headers['webhook-signature']).split(' ').includes(expected);
}

describe('a tripped brake, where two servers are', () => {
  let second: NestFastifyApplication;

  beforeAll(async () => {
    second = await server.another();
  });
  afterAll(() => second?.close());

  it('is told each webhook of its tenant once, in its format and language, signed', async () => {
    const made = await Promise.all([
      target('/events'),
      target('/slack', { format: 'slack' }),
      target('/teams', { format: 'teams', language: 'de' }),
      target('/all', { tenant: null }),
    ]);
    await target('/other', { tenant: 'acme' });
    await target('/off', { enabled: false });
    await target('/not-wanted', { kinds: ['dp-overdue'] });
    const { id } = await tripped();
    for (const one of made) await ended(one, 'delivered');
    const paths = receiver.received.map(({ path }) => path).toSorted();
    expect(paths).toEqual(['/all', '/events', '/slack', '/teams']);
    const [event] = receiver.at('/events');
    expect(event).toMatchObject({
      headers: { 'content-type': 'application/cloudevents+json; charset=utf-8' },
      body: {
        specversion: '1.0',
        id: `brake-tripped:brake:${id}`,
        source: 'http://server.test',
        type: 'relaypoint.brake-tripped.v1',
        subject: `brake:${id}`,
        data: {
          tenant: 'default',
          severity: 'error',
          title: 'Brake tripped: distribution point site-1',
          link: 'http://server.test/console/brakes',
          facts: { brake: id, cause: 'AUTH_FAILED', dp: 'site-1' },
        },
      },
    });
    for (const [index, one] of made.entries()) {
      const [got] = receiver.at(['/events', '/slack', '/teams', '/all'][index] ?? '');
      expect(got && isSignedBy(one.secret, got)).toBe(true);
    }
    expect(receiver.at('/slack')[0]?.body.text).toContain('*Brake tripped: distribution point site-1*');
    const [card] = receiver.at('/teams')[0]?.body.attachments ?? [];
    expect(card.content.body[0].text).toBe('Bremse ausgelöst: Verteilpunkt \\(DP\\) site-1');
    const log = await server.get('/api/v1/notification-deliveries?kind=brake-tripped&state=delivered');
    expect(log.body.total).toBe(4);
    expect(log.body.items[0]).toMatchObject({
      tries: 1,
      notices: [{ kind: 'brake-tripped', title: 'Brake tripped: distribution point site-1' }],
      attempts: [{ outcome: 'DELIVERED', status: 204 }],
    });
    const counted = await Promise.all([server.app, second].map((app) => app.inject({ url: '/metrics' })));
    expect(counted.map(({ payload }) => payload).join('')).toMatch(
      /relaypoint_notification_deliveries_total\{channel="webhook",outcome="DELIVERED".*\} \d/,
    );
  });

  it('reaches a receiver that fails first, by the same id', async () => {
    const made = await target('/flaky', { tenant: 'umbrella' });
    receiver.answer('/flaky', (response, _, count) =>
      response.writeHead(count === 1 ? 500 : 200).end(count === 1 ? 'not now\u001b[31m' : 'ok'),
    );
    await tripped('umbrella');
    const delivery = await ended(made, 'delivered');
    expect(delivery.attempts).toMatchObject([
      { outcome: 'REFUSED', status: 500, answer: 'not now [31m' },
      { outcome: 'DELIVERED', status: 200, answer: 'ok' },
    ]);
    const ids = receiver.at('/flaky').map(({ headers }) => headers['webhook-id']);
    expect(ids).toEqual([delivery.id, delivery.id]);
    const texts = receiver.at('/flaky').map(({ text }) => text);
    expect(texts[0]).toBe(texts[1]);
  });

  it('is given up when the receiver says so, and sent again when a person asks', async () => {
    const made = await target('/gone', { tenant: 'acme' });
    receiver.answer('/gone', (response, _, count) => response.writeHead(count === 1 ? 410 : 200).end());
    await tripped('acme');
    const { id } = await ended(made, 'failed');
    const again = await server.post(`/api/v1/notification-deliveries/${id}/resend`);
    expect(again).toMatchObject({ status: 200, body: { state: 'waiting', attempts: [{ outcome: 'GONE' }] } });
    expect((await ended(made, 'delivered')).attempts).toHaveLength(2);
    await server.del(`/api/v1/notification-targets/${made.id}`);
  });
});

describe('a target that is deleted', () => {
  it('ends what waits for its next attempt, and is not posted to again', async () => {
    const made = await target('/away', { tenant: 'acme' });
    receiver.answer('/away', (response) => response.writeHead(503, { 'retry-after': '3600' }).end());
    await tripped('acme');
    await eventually(async () => expect((await deliveriesOf(made))[0]?.attempts).toHaveLength(1), PATIENT);
    await server.del(`/api/v1/notification-targets/${made.id}`);
    expect((await ended(made, 'failed')).attempts.map(({ outcome }) => outcome)).toEqual([
      'REFUSED',
      'TARGET_GONE',
    ]);
    expect(receiver.at('/away')).toHaveLength(1);
  });
});

describe('what is found by looking', () => {
  it('is told once, also the end of it: a DP that is silent, an import that failed', async () => {
    const kinds = ['dp-overdue', 'dp-back', 'import-failed'];
    const made = await target('/found', { tenant: 'umbrella', kinds, language: 'de' });
    await enabledDp(server, 'quiet', 'umbrella');
    const dps = await server.app.get(DistributionPointRepository).list('all');
    const now = new Date();
    const silent = new Map([['quiet' as DpId, new Date(now.getTime() - 3_600_000)]]);
    const notices = server.app.get(DpNotices);
    await Promise.all([notices.watch(dps, silent, now), notices.watch(dps, silent, now)]);
    await notices.watch(dps, new Map(), now);
    const form = [
      ['source', 'csv'],
      ['tenant', 'umbrella'],
      ['dp', 'quiet'],
    ].map(([name, value]) => `--x\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`);
    const file = `--x\r\ncontent-disposition: form-data; name="file"; filename="pcs.csv"\r\n\r\nx\r\n--x--\r\n`;
    const { body } = await server.call('POST', '/api/v1/imports', {
      payload: form.join('') + file,
      headers: { 'content-type': 'multipart/form-data; boundary=x' },
    });
    const runs = server.app.get(ImportRunRepository);
    const run = await runs.findById('all', body.id);
    const fault = {
      code: 'NO_NAME_COLUMN',
      line: null,
      key: 'file.noNameColumn',
      params: { names: 'A' },
    } as const;
    await runs.replace(importFailed({ ...(run as ImportRun), state: 'reading' }, fault, new Date()));
    await eventually(async () => {
      const log = await deliveriesOf(made);
      expect(log.map(({ state }) => state)).toEqual(['delivered', 'delivered', 'delivered']);
    }, PATIENT);
    const told = receiver.at('/found').map(({ body: event }) => event);
    const types = told.map(({ type }) => String(type)).toSorted();
    expect(types).toEqual(kinds.map((kind) => `relaypoint.${kind}.v1`).toSorted());
    const failed = told.find(({ type }) => type === 'relaypoint.import-failed.v1');
    expect(failed.data).toMatchObject({
      title: 'Import fehlgeschlagen: pcs.csv',
      facts: { run: body.id, code: 'NO_NAME_COLUMN' },
    });
    expect(failed.data.text).toContain('Bekannt sind: A');
  });
});

describe('a test of a target', () => {
  const test = async ({ id }: Made) => (await server.post(`/api/v1/notification-targets/${id}/test`)).body;

  it.each([
    [
      'answers',
      (r) => r.writeHead(202).end('thanks'),
      { outcome: 'DELIVERED', status: 202, answer: 'thanks' },
    ],
    ['refuses', (r) => r.writeHead(403).end('no'), { outcome: 'REFUSED', status: 403, answer: 'no' }],
    [
      'redirects',
      (r) => r.writeHead(307, { location: receiver.url('/elsewhere') }).end(),
      { outcome: 'REDIRECTED', status: 307 },
    ],
    ['closes the connection', (r) => r.destroy(), { outcome: 'UNREACHABLE', status: null }],
    ['hangs', () => undefined, { outcome: 'TIMEOUT', status: null }],
    [
      'begins an answer without end',
      (r) => r.writeHead(200).write('never ends'),
      { outcome: 'DELIVERED', status: 200, answer: 'never ends' },
    ],
    [
      'floods',
      (r) => {
        const more = (): void => {
          while (!r.destroyed && r.write('x'.repeat(65_536)));
          if (!r.destroyed) r.once('drain', more);
        };
        r.writeHead(200);
        more();
      },
      { outcome: 'DELIVERED', status: 200, answer: 'x'.repeat(500) },
    ],
  ] as [string, Parameters<Receiver['answer']>[1], object][])(
    'says what came back when it %s',
    async (name, behaviour, expected) => {
      const path = `/test-${name.replaceAll(' ', '-')}`;
      const made = await target(path, { kinds: ['dp-back'] });
      receiver.answer(path, behaviour);
      expect(await test(made)).toMatchObject(expected);
      expect(receiver.at('/elsewhere')).toEqual([]);
    },
  );

  it('goes to no address that is not allowed, whatever its name', async () => {
    const port = new URL(receiver.url('/')).port;
    const hosts = [
      'https://127.0.0.2',
      `https://[::1]:${port}`,
      `http://[::ffff:127.0.0.2]:${port}`,
      'https://10.0.0.1',
    ];
    const before = receiver.received.length;
    for (const url of hosts) {
      const made = await target('/x', { url, name: url });
      expect([url, await test(made)]).toEqual([
        url,
        expect.objectContaining({ outcome: 'ADDRESS_NOT_ALLOWED' }),
      ]);
    }
    const unknown = await target('/x', { url: 'https://no-such-host.invalid/', name: 'unknown' });
    expect(await test(unknown)).toMatchObject({ outcome: 'NOT_RESOLVED' });
    expect(receiver.received).toHaveLength(before);
  });

  it('carries a signature by both secrets while one is replaced', async () => {
    const made = await target('/rotated', { kinds: ['dp-back'] });
    const { body } = await server.post(`/api/v1/notification-targets/${made.id}/rotate-secret`);
    expect(body.secret).not.toBe(made.secret);
    await test(made);
    const [got] = receiver.at('/rotated');
    expect(got && [isSignedBy(made.secret, got), isSignedBy(body.secret, got)]).toEqual([true, true]);
    expect(got && isSignedBy(`whsec_${Buffer.from('other').toString('base64')}`, got)).toBe(false);
  });

  it('finds address and secret neither in the database nor in answers', async () => {
    const made = await target('/hidden-path', { name: 'hidden' });
    const connection = server.app.get<Connection>(getConnectionToken(), { strict: false });
    const stored = JSON.stringify(await connection.collection('notificationTargets').find().toArray());
    const answers = await server.get('/api/v1/notification-targets?limit=500');
    const audit = await server.get('/api/v1/audit?limit=100');
    for (const text of [stored, answers.text, audit.text]) {
      expect(text).not.toContain('hidden-path');
      expect(text).not.toContain(made.secret);
      expect(text).toContain('127.0.0.1');
    }
  });
});

describe('two servers', () => {
  // of their own: nobody else works on what they leave
  let own: TestServer;
  let one: NestFastifyApplication;
  let two: NestFastifyApplication;

  beforeAll(async () => {
    own = await startTestServer({ ...TO_RECEIVER, ...ASLEEP, NOTIFICATION_TIMEOUT_MS: '60000' });
    one = own.app;
    two = await own.another();
  });
  afterAll(async () => {
    await two?.close();
    await own?.stop();
  });

  it('do not both send what one of them took long after it had looked for it', async () => {
    const wish = { tenant: null, name: 'held-up', url: receiver.url('/held-up'), format: 'cloudevents' };
    const { body: made } = await own.post('/api/v1/notification-targets', {
      ...wish,
      kinds: ['brake-tripped'],
    });
    let answer = (): void => undefined;
    const arrived = new Promise<void>((resolve) => {
      receiver.answer('/held-up', (response, _, count) => {
        if (count > 1) return void response.writeHead(200).end();
        answer = () => response.writeHead(200).end();
        resolve();
      });
    });
    await trippedBrake(own, 1000, 'default');
    const looked = new Date(Date.now() - 3600_000);
    await one.get(NoticeWatch).run(new Date());
    await one.get(NoticeDistribution).run(looked);
    await one.get(DeliveryDispatcher).run(looked);
    await arrived;
    await two.get(DeliveryDispatcher).run(new Date());
    answer();
    for (const app of [one, two]) await app.get(DeliveryDispatcher).settled();
    expect(receiver.at('/held-up')).toHaveLength(1);
    const log = await own.get(`/api/v1/notification-deliveries?target=${made.id}`);
    expect(log.body.items).toMatchObject([{ tries: 1, attempts: [{ outcome: 'DELIVERED' }] }]);
    await own.del(`/api/v1/notification-targets/${made.id}`);
  });

  it('do not let wait what was under way when its target was deleted', async () => {
    const wish = { tenant: null, name: 'slow', url: receiver.url('/slow'), format: 'cloudevents' };
    const { body: made } = await own.post('/api/v1/notification-targets', {
      ...wish,
      kinds: ['brake-tripped'],
    });
    const arrived = new Promise<() => void>((resolve) => {
      receiver.answer('/slow', (response) =>
        resolve(() => response.writeHead(503, { 'retry-after': '3600' }).end()),
      );
    });
    await trippedBrake(own, 2000, 'default');
    await one.get(NoticeWatch).run(new Date());
    await one.get(NoticeDistribution).run(new Date());
    await one.get(DeliveryDispatcher).run(new Date());
    const answer = await arrived;
    await own.del(`/api/v1/notification-targets/${made.id}`);
    answer();
    await one.get(DeliveryDispatcher).settled();
    const log = await own.get(`/api/v1/notification-deliveries?target=${made.id}`);
    expect(log.body.items).toMatchObject([
      { state: 'failed', tries: 2, attempts: [{ outcome: 'REFUSED' }, { outcome: 'TARGET_GONE' }] },
    ]);
  });

  it('that die between any two writes leave nothing untold, and nothing told under two ids', async () => {
    const life = new ShortLife(
      one.get<Connection>(getConnectionToken(), { strict: false }),
      one.get(Publisher),
    );
    const wish = { tenant: null, name: 'mortal', url: receiver.url('/mortal'), format: 'cloudevents' };
    await own.post('/api/v1/notification-targets', { ...wish, kinds: ['brake-tripped'] });
    const all = async (app: NestFastifyApplication, now: Date): Promise<void> => {
      await app.get(NoticeWatch).run(now);
      await app.get(NoticeDistribution).run(now);
      await app.get(DeliveryDispatcher).run(now);
      await app.get(DeliveryDispatcher).settled();
    };
    let write = 0;
    for (let died = true; died; write += 1) {
      const brake = await trippedBrake(own, write, 'default');
      died = (await life.until(write, () => all(one, new Date()))) === null;
      await all(two, new Date(Date.now() + 3600_000));
      const told = receiver.at('/mortal').filter(({ body }) => body.subject === `brake:${brake.id}`);
      expect([write, told.length > 0]).toEqual([write, true]);
      expect(new Set(told.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    }
    // notice, delivery, given out, taken, noted
    expect(write).toBeGreaterThan(4);
    const left = await own.get('/api/v1/notification-deliveries?state=waiting');
    expect(left.body.total).toBe(0);
  });
});

describe('a server that dies', () => {
  it('by SIGKILL after it has sent and before it has noted it, is followed by another', async () => {
    const made = await target('/killed', { tenant: 'umbrella', kinds: ['dp-overdue', 'brake-tripped'] });
    const child = spawn(process.execPath, ['dist/apps/server/src/main.js'], {
      env: { ...process.env, ...server.environment, PORT: String(await anyFreePort()), API: 'off' },
      stdio: 'ignore',
    });
    const exited = once(child, 'exit');
    const arrived = new Promise<void>((resolve) => {
      receiver.answer('/killed', (response, _, count) => {
        if (count > 1) return void response.writeHead(200).end();
        // whoever sent it is killed before it can know
        resolve();
      });
    });
    try {
      await tripped('umbrella');
      await arrived;
    } finally {
      child.kill('SIGKILL');
      await exited;
    }
    await ended(made, 'delivered');
    const ids = receiver.at('/killed').map(({ headers }) => headers['webhook-id']);
    expect(ids.length).toBeGreaterThan(1);
    expect(new Set(ids).size).toBe(1);
  });
});
