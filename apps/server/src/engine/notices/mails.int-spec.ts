import type { ApiToken, Brake } from '#domain';
import { ApiTokenRepository } from '#persistence';
import { eventually } from '../../../../../tools/testing/eventually.js';
import { MailServer } from '../../../testing/mail-server.js';
import { startTestServer, type Answer, type TestServer } from '../../../testing/test-server.js';
import { trippedBrake } from '../../../testing/tripped-brake.js';
import { DeliveryDispatcher } from './delivery-dispatcher.js';

jest.setTimeout(120_000);

const PATIENT = { timeoutMs: 60_000 };
const HOUR_MS = 3_600_000;
const PASSWORD = 'a dozen characters';

let server: TestServer;
let mails: MailServer;
let brakes = 0;

beforeAll(async () => {
  mails = await MailServer.start();
  server = await startTestServer({
    SMTP_URL: mails.url,
    SMTP_FROM: 'Relaypoint <relaypoint@example.test>',
    SMTP_TLS: 'if-offered',
    SMTP_DOMAINS: 'example.test',
    NOTIFICATION_TIMEOUT_MS: '5000',
  });
  await server.post('/api/v1/tenants', { id: 'acme', name: 'acme' });
});
afterAll(async () => {
  await server?.stop();
  await mails?.stop();
});

interface Reader {
  id: string;
  get: () => Promise<Answer>;
  change: (body: object) => Promise<Answer>;
  test: () => Promise<Answer>;
}

/** A user who has logged in. */
async function reader(user: string, more: Record<string, unknown> = {}): Promise<Reader> {
  const wish = { user, password: PASSWORD, role: 'viewer', tenants: ['default'], ...more };
  const { id } = (await server.post('/api/v1/users', wish)).body;
  const login = await server.post('/api/v1/session', { user, password: PASSWORD }, { token: null });
  const cookie = String(login.headers['set-cookie']).split(';')[0] ?? '';
  const as = { token: null, headers: { cookie, 'x-requested-with': 'test' } };
  const path = '/api/v1/me/notifications';
  return {
    id,
    get: () => server.get(path, as),
    change: (body) => server.patch(path, body, as),
    test: () => server.post(`${path}/test`, undefined, as),
  };
}

function tripped(tenant = 'default'): Promise<Brake> {
  brakes += 1;
  return trippedBrake(server, brakes, tenant);
}

interface Logged {
  id: string;
  state: string;
  dueAt: string | null;
  notices: unknown[];
  attempts: { outcome: string; status: number | null; answer: string | null }[];
}

const logOf = async ({ id }: Reader): Promise<Logged[]> =>
  (await server.get(`/api/v1/notification-deliveries?target=${id}&limit=500`)).body.items;
const to = (name: string) => mails.mails.filter((mail) => mail.to === `${name}@example.test`);

describe('a mail', () => {
  it('comes at once, in the language and on the clock of its reader, plain and as HTML, under a lasting id', async () => {
    const anna = await reader('anna');
    const carl = await reader('carl');
    const bob = await reader('bob', { tenants: ['acme'] });
    const tenant = { language: 'de', timeZone: 'Europe/Berlin', mail: { 'dp-back': 'off' } };
    await server.patch('/api/v1/tenants/default/notifications', tenant);
    const changed = await anna.change({ email: 'anna@example.test' });
    expect(changed).toMatchObject({
      status: 200,
      body: {
        values: { email: 'anna@example.test', language: null, mail: {} },
        effective: { language: 'de', timeZone: 'Europe/Berlin', dailyAt: '07:00' },
        mailServer: true,
      },
    });
    expect(changed.body.effective.mail).toMatchObject({ 'brake-tripped': 'at-once', 'dp-back': 'off' });
    await carl.change({ email: 'carl@example.test', mail: { 'brake-tripped': 'off' } });
    await bob.change({ email: 'bob@example.test' });
    await tripped('default');
    const [mail] = await eventually(() => {
      expect(to('anna')).toHaveLength(1);
      return to('anna');
    }, PATIENT);
    const [delivery] = await logOf(anna);
    expect(mail?.text).toContain('Subject: [Relaypoint] Bremse ausgelöst: Verteilpunkt (DP) site-1');
    expect(mail?.text).toContain(`Message-ID: <${delivery?.id}@example.test>`);
    expect(mail?.text).toContain('Auto-Submitted: auto-generated');
    expect(mail?.text).toMatch(
      /Content-Type: text\/plain[^]*site-1[^]*Content-Type: text\/html[^]*<html lang="de">/,
    );
    expect(mail?.text).toMatch(/ (?:MEZ|MESZ|GMT\+[12])\b/);
    await eventually(async () => expect((await logOf(anna))[0]?.state).toBe('delivered'), PATIENT);
    expect((await logOf(anna))[0]?.attempts).toMatchObject([{ outcome: 'DELIVERED', status: 250 }]);
    expect([await logOf(carl), await logOf(bob)]).toEqual([[], []]);
  });

  it('of an hour holds all that there was, and goes out at its end', async () => {
    const dora = await reader('dora', { tenants: ['acme'] });
    await dora.change({ email: 'dora@example.test', mail: { 'brake-tripped': 'hourly' } });
    for (let count = 0; count < 3; count += 1) await tripped('acme');
    const [delivery] = await eventually(async () => {
      const log = await logOf(dora);
      expect(log.map(({ notices }) => notices.length)).toEqual([3]);
      return log;
    }, PATIENT);
    expect(Date.parse(delivery?.dueAt ?? '') % HOUR_MS).toBe(0);
    expect(to('dora')).toEqual([]);
    const dispatcher = server.app.get(DeliveryDispatcher);
    await dispatcher.run(new Date(Date.now() + HOUR_MS));
    await dispatcher.settled();
    expect(to('dora')).toHaveLength(1);
    expect(to('dora')[0]?.text).toContain('Subject: [Relaypoint] 3 notices');
    expect(to('dora')[0]?.text.match(/^Brake tripped: /gm)).toHaveLength(3);
  });

  it('that the mail server refuses for good has failed; that it cannot take now is tried again', async () => {
    const [erin, finn] = [await reader('erin'), await reader('finn')];
    mails.judge = (address) => {
      if (address.startsWith('erin')) return { code: 550, message: 'no such user' };
      return address.startsWith('finn') ? { code: 451, message: 'greylisted' } : undefined;
    };
    for (const [one, name] of [
      [erin, 'erin'],
      [finn, 'finn'],
    ] as const) {
      await one.change({ email: `${name}@example.test` });
    }
    await tripped('default');
    await eventually(async () => {
      expect(await logOf(erin)).toMatchObject([
        { state: 'failed', attempts: [{ outcome: 'RECIPIENT_REFUSED', status: 550 }] },
      ]);
      expect((await logOf(finn))[0]?.attempts[0]).toMatchObject({ outcome: 'REFUSED', status: 451 });
    }, PATIENT);
    mails.judge = () => undefined;
    await eventually(() => expect(to('finn')).toHaveLength(1), PATIENT);
  });

  it('comes no more than twenty times an hour, whatever happens', async () => {
    const gina = await reader('gina', { tenants: ['acme'] });
    await gina.change({ email: 'gina@example.test' });
    for (let count = 0; count < 25; count += 1) await tripped('acme');
    await eventually(async () => {
      const log = await logOf(gina);
      expect(log.filter(({ notices }) => notices.length === 1)).toHaveLength(20);
      expect(log.filter(({ notices }) => notices.length === 5)).toHaveLength(1);
      expect(log.filter(({ state }) => state === 'delivered')).toHaveLength(20);
    }, PATIENT);
    expect(to('gina')).toHaveLength(20);
  });

  it('tells of tokens that are about to expire, those who may manage them', async () => {
    const [hugo, ines] = [await reader('hugo', { role: 'admin' }), await reader('ines')];
    for (const [one, name] of [
      [hugo, 'hugo'],
      [ines, 'ines'],
    ] as const)
      await one.change({ email: `${name}@example.test`, mail: { 'token-expiring': 'at-once' } });
    const expiresAt = new Date(Date.now() + 10 * 24 * HOUR_MS);
    const token = { id: 't-1', hash: 'h', label: 'nightly', role: 'viewer', tenants: ['default'], expiresAt };
    const made = { ...token, createdBy: 'x', createdAt: new Date(), lastUsedAt: null } as unknown as ApiToken;
    await server.app.get(ApiTokenRepository).insert(made);
    const restarted = await server.another();
    await eventually(() => expect(to('hugo')[0]?.text).toContain('API-Token läuft ab: nightly'), PATIENT);
    await restarted.close();
    expect(await logOf(ines)).toEqual([]);
    expect(to('hugo')).toHaveLength(1);
  });
});

describe('the own settings', () => {
  it('name every fault, and take what is said back', async () => {
    const jana = await reader('jana');
    const bad = await jana.change({ email: 'nobody', timeZone: 'Mars', dailyAt: '25:00', mail: { x: 'y' } });
    expect(bad.body.errors.map(({ path }: { path: string }) => path).toSorted()).toEqual([
      'dailyAt',
      'email',
      'mail.x',
      'timeZone',
    ]);
    const elsewhere = await jana.change({ email: 'jana@elsewhere.test' });
    expect(elsewhere.body.errors).toMatchObject([{ path: 'email', code: 'domain' }]);
    expect((await jana.test()).body).toMatchObject({ code: 'WRONG_STATE' });
    await jana.change({ email: 'jana@example.test', language: 'en', mail: { 'dp-overdue': 'daily' } });
    expect((await jana.test()).body).toMatchObject({ outcome: 'DELIVERED', status: 250 });
    expect(to('jana')[0]?.text).toContain('Subject: [Relaypoint] Test message');
    const back = await jana.change({ language: null, mail: { 'dp-overdue': null } });
    expect(back.body).toMatchObject({
      values: { email: 'jana@example.test', language: null, mail: {} },
      effective: { language: 'de', mail: { 'dp-overdue': 'at-once' } },
    });
    expect(await server.get('/api/v1/me/notifications')).toMatchObject({ status: 404 });
    await server.del(`/api/v1/users/${jana.id}`);
  });
});
