import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { eventually } from '../tools/testing/eventually.js';
import { ForeignDp, type ForeignOrder } from './support/foreign-dp.js';
import { Stack } from './support/stack.js';

interface Told {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: { code?: string; status?: number; errors?: unknown[]; [field: string]: unknown };
}

jest.setTimeout(300_000);

const SLOW = { timeoutMs: 120_000 };
/** The heap of the attacked programs: what grew with each body would end them. */
const HEAP = { NODE_OPTIONS: '--max-old-space-size=256' };
const MOST_MEMORY_MIB = 900;

/** What somebody can do who reaches the DPs' door: with no keys, with those of another DP, or with those of their own. */
describe('the DP protocol under attack', () => {
  let stack: Stack;
  let gateway: string;
  /** The DP that is attacked, the one that attacks with keys of its own, and the one that only wants its work done. */
  let victim: ForeignDp;
  let attacker: ForeignDp;
  let honest: ForeignDp;
  let order: ForeignOrder;

  beforeAll(async () => {
    stack = await Stack.start({ serverEnv: HEAP, gatewayEnv: { ...HEAP, REQUEST_TIMEOUT_MS: '3000' } });
    gateway = stack.gatewayUrls[0] ?? '';
    await stack.publishClient();
    [victim, attacker, honest] = [await join('victim'), await join('attacker'), await join('honest')];
    await stack.api.ok('POST', '/accounts', {
      label: 'all',
      tenant: 'default',
      username: 'root',
      password: 'of no importance',
      scope: 'all',
    });
    await stack.importCsv('name\nprey-01\n', 'victim');
    const { items } = await stack.api.ok<{ items: { id: string }[] }>('GET', '/computers?q=prey-01');
    await stack.api.ok('POST', '/computers/release', { computers: [items[0]?.id] });
    order = await eventually(async () => {
      const answer = await victim.poll();
      const found = answer.body.orders[0]?.order;
      if (!found) throw new Error(JSON.stringify(answer));
      return found;
    }, SLOW);
  });
  afterAll(() => stack?.stop());

  const created = async (id: string): Promise<string> => {
    const wish = { id, name: id, tenant: 'default' };
    return (await stack.api.ok<{ joinToken: string }>('POST', '/distribution-points', wish)).joinToken;
  };
  async function join(id: string): Promise<ForeignDp> {
    const dp = new ForeignDp(id, gateway);
    expect((await dp.enrol(await created(id))).status).toBe(201);
    await stack.api.ok('POST', `/distribution-points/${id}/enable`, { keyFingerprint: dp.fingerprint });
    await eventually(async () => expect((await dp.poll()).body.status).toBe('enabled'), SLOW);
    return dp;
  }
  const pollWith = (bearer: string): ReturnType<ForeignDp['post']> =>
    victim.post('/dp/v1/poll', { poll: randomUUID(), max: 1, wait: 0, running: [] }, bearer);
  const isServed = async (): Promise<void> =>
    eventually(async () => expect((await honest.poll()).status).toBe(200), SLOW);
  const events = async (action: string): Promise<{ target: string; data: Record<string, unknown> }[]> =>
    (
      await stack.api.ok<{ items: { target: string; data: Record<string, unknown> }[] }>(
        'GET',
        `/audit?action=${action}&limit=100`,
      )
    ).items;

  describe('tokens', () => {
    const now = (): number => Math.floor(Date.now() / 1000);

    it('are taken with a clock that is half a minute off, either way', async () => {
      for (const off of [-30, 30]) {
        const claims = { iat: now() + off, exp: now() + off + 240 };
        expect({ off, ...(await pollWith(victim.tokenWith(claims))) }).toMatchObject({ off, status: 200 });
      }
      const expiredJustNow = { iat: now() - 200, exp: now() - 30 };
      expect((await pollWith(victim.tokenWith(expiredJustNow))).status).toBe(200);
    });

    it.each<[string, () => string]>([
      ['signed by nobody we know', () => forged(attacker)],
      ['of a DP that does not exist', () => attacker.tokenWith({ iss: 'nobody', sub: 'nobody' })],
      ['issued by one DP for another', () => attacker.tokenWith({ sub: 'victim' })],
      ['expired', () => victim.tokenWith({ iat: now() - 400, exp: now() - 120 })],
      ['not valid yet', () => victim.tokenWith({ iat: now() + 120, exp: now() + 240 })],
      ['to be used later only', () => victim.tokenWith({ nbf: now() + 120 })],
      ['valid for a day', () => victim.tokenWith({ exp: now() + 86_400 })],
      ['for somebody else', () => victim.tokenWith({ aud: 'elsewhere' })],
      ['for several', () => victim.tokenWith({ aud: ['relaypoint', 'elsewhere'] })],
      ['without an id', () => victim.tokenWith({ jti: undefined })],
      ['with times that are texts', () => victim.tokenWith({ iat: '0', exp: '9999999999' })],
      ['with a name that is a path', () => attacker.tokenWith({ iss: '../victim', sub: '../victim' })],
      ['with a name that is an object', () => attacker.tokenWith({ iss: { $ne: '' }, sub: { $ne: '' } })],
      ['unsigned', () => victim.tokenWith({}, { alg: 'none' }, () => Buffer.alloc(0))],
      ['unsigned, spelt otherwise', () => victim.tokenWith({}, { alg: 'nOnE' }, () => Buffer.alloc(0))],
      ['signed by HMAC with the raw public key', () => confused(victim.publicSigningKey.raw)],
      ['signed by HMAC with the public key as PEM', () => confused(victim.publicSigningKey.pem)],
      ['with a key of its own in the header', () => forged(attacker, { jwk: ownJwk() })],
      [
        'with a critical header nobody knows',
        () => victim.tokenWith({}, { alg: 'EdDSA', crit: ['b64'], b64: false }),
      ],
      ['cut off', () => victim.tokenWith().slice(0, -4)],
      ['no token', () => 'x'],
    ])('are refused when %s', async (_, make) => {
      const answer = await pollWith(make());
      expect(answer).toMatchObject({ status: 401, body: { status: 401, code: 'UNAUTHENTICATED' } });
      await isServed();
    });

    /** A token in the victim's name that the attacker signed. */
    const forged = (by: ForeignDp, header: object = {}): string =>
      by.tokenWith({ iss: 'victim', sub: 'victim' }, { alg: 'EdDSA', ...header });
    const ownJwk = (): object => ({
      kty: 'OKP',
      crv: 'Ed25519',
      x: attacker.publicSigningKey.raw.toString('base64url'),
    });
    const confused = (secret: string | Buffer): string =>
      victim.tokenWith({}, { alg: 'HS256' }, (signed) =>
        createHmac('sha256', secret).update(signed).digest(),
      );

    it('rotate keys once: the same token again, with other keys, is refused', async () => {
      const dp = await join('rotating');
      const bearer = dp.tokenWith();
      expect(await dp.rotate(bearer)).toMatchObject({
        status: 201,
        body: { dp: 'rotating', status: 'enabled' },
      });
      expect(await dp.rotate(bearer)).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } });
      expect((await dp.rotate(dp.tokenWith())).status).toBe(201);
    });
  });

  describe('join tokens', () => {
    it('are good for one machine and for an hour', async () => {
      const token = await created('once');
      const dp = new ForeignDp('once', gateway);
      expect((await dp.enrol(token)).status).toBe(201);
      expect(await new ForeignDp('once', gateway).enrol(token)).toMatchObject({
        status: 401,
        body: { code: 'UNAUTHENTICATED' },
      });
      const late = await created('late');
      await stack.ground.set(
        'distributionPoints',
        { _id: 'late' },
        { 'joinToken.expiresAt': new Date(Date.now() - 1000) },
      );
      expect(await new ForeignDp('late', gateway).enrol(late)).toMatchObject({
        status: 401,
        body: { code: 'UNAUTHENTICATED' },
      });
      expect((await stack.api.ok('GET', '/distribution-points/late'))['keyFingerprint']).toBeNull();
    });

    it('cannot be guessed: whoever tries is told to wait, and nobody else', async () => {
      const token = await created('guessed');
      const key = randomBytes(32).toString('base64url');
      const guess = (joinToken: string, from: string): Promise<Told> =>
        send(`${gateway}/dp/v1/enrol`, {
          from,
          body: {
            joinToken,
            signingKey: key,
            sealingKey: key,
            agent: { version: '1', os: 'x', hostname: 'x' },
          },
        });
      const seen = new Set<string>();
      let last: Told | undefined;
      for (let i = 0; i < 60; i += 1) {
        last = await guess(`guessed.${randomBytes(32).toString('base64url')}`, '127.0.0.66');
        seen.add(`${last.status} ${last.body.code}`);
      }
      expect([...seen].toSorted()).toEqual(['401 UNAUTHENTICATED', '429 RATE_LIMITED']);
      const refused = await eventually(async () => {
        const answer = await guess(token, '127.0.0.66');
        expect(answer.status).toBe(429);
        return answer;
      });
      expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
      const dp = new ForeignDp('guessed', gateway);
      expect((await dp.enrol(token)).status).toBe(201);
    });
  });

  describe("another DP's orders and files", () => {
    it('are not touched by its reports; each try is a security event', async () => {
      const before = await stack.api.ok('GET', `/orders/${order.order}`);
      for (const state of ['accepted', 'succeeded', 'failed', 'cancelled']) {
        const answer = await attacker.report([{ order: { ...order, fence: order.fence + 1 }, state }]);
        expect(answer).toEqual({ status: 202, body: { accepted: 1 } });
      }
      await attacker.report([{ order: { ...order, order: randomUUID() }, state: 'succeeded' }]);
      await eventually(async () => {
        const recorded = (await events('report.foreign')).filter(({ target }) => target === 'dp:attacker');
        expect(recorded.some(({ data }) => data['order'] === order.order)).toBe(true);
        expect(recorded.some(({ data }) => data['known'] === false)).toBe(true);
      }, SLOW);
      expect(await stack.api.ok('GET', `/orders/${order.order}`)).toEqual(before);
      expect((await attacker.poll()).body.orders).toEqual([]);
      const running = [{ order: order.order, fence: order.fence }];
      expect((await attacker.poll({ running })).body).toMatchObject({ orders: [], lost: running });
    });

    it('a flood of them leaves a bounded number of entries', async () => {
      for (let round = 0; round < 5; round += 1) {
        const flood = Array.from({ length: 100 }, () => ({
          order: { ...order, order: randomUUID() },
          state: 'succeeded',
        }));
        expect((await attacker.report(flood)).status).toBe(202);
      }
      // when this one is applied, those before are
      expect((await victim.report([{ order, state: 'accepted' }])).status).toBe(202);
      await eventually(
        async () =>
          expect(await stack.api.ok('GET', `/orders/${order.order}`)).toMatchObject({ state: 'running' }),
        SLOW,
      );
      await eventually(async () => {
        const depths = await stack.ground.queueDepths();
        expect(Object.entries(depths).filter(([, depth]) => depth > 0)).toEqual([]);
      }, SLOW);
      const stored = await stack.ground.find('audit', { action: 'report.foreign' });
      expect(stored.length).toBeGreaterThan(0);
      expect(stored.length).toBeLessThan(150);
    });

    it('are not handed out, by whatever name', async () => {
      const url = order.release?.files[0]?.url ?? '';
      expect((await victim.file(url, 0)).status).toBeLessThan(300);
      expect((await attacker.file(url)).status).toBe(404);
      const file = url.split('/').at(-1) ?? '';
      for (const path of [
        `/dp/v1/releases/0.0.1/files/${file}`,
        `/dp/v1/releases/..%2f..%2fstate/files/${file}`,
        '/dp/v1/releases/1/files/..%2f..%2f..%2fetc%2fpasswd',
        `/dp/v1/releases/${'9'.repeat(500)}/files/x`,
        '/dp/v1/releases/%zz/files/x',
      ]) {
        const answer = await victim.file(path);
        const told = (await answer.json()) as { code: string };
        expect({ path, code: told.code }).toEqual({
          path,
          code: expect.stringMatching(/^(?:NOT_FOUND|VALIDATION_FAILED)$/),
        });
      }
      const stranger = new ForeignDp('pending', gateway);
      await stranger.enrol(await created('pending'));
      expect((await stranger.file(url)).status).toBe(404);
      await stack.api.ok('POST', '/distribution-points/attacker/disable', {});
      await eventually(async () => expect((await attacker.file(url)).status).toBe(403), SLOW);
      await stack.api.ok('POST', '/distribution-points/attacker/enable', {});
      await eventually(async () => expect((await attacker.poll()).status).toBe(200), SLOW);
    });
  });

  describe('bodies', () => {
    const report = (fields: object = {}): object => ({
      report: randomUUID(),
      order: order.order,
      fence: order.fence,
      attempt: order.attempt,
      seq: 50,
      at: new Date().toISOString(),
      state: 'progress',
      ...fields,
    });
    const nested = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
    const withFacts = (facts: string): string =>
      JSON.stringify({ reports: [report({ facts: 'FACTS' })] }).replace('"FACTS"', facts);

    /** Each with what it is answered with. */
    const bodies = (): Record<string, [body: string, status: number, code: string]> => ({
      '10,000 reports': [
        JSON.stringify({ reports: Array.from({ length: 10_000 }, () => report()) }),
        400,
        'VALIDATION_FAILED',
      ],
      'a million empty reports': [`{"reports":[${'{},'.repeat(1_000_000)}{}]}`, 400, 'VALIDATION_FAILED'],
      '100 reports of nothing but unknown fields': [
        JSON.stringify({
          reports: Array.from({ length: 100 }, () =>
            Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`field${i}`, i])),
          ),
        }),
        400,
        'VALIDATION_FAILED',
      ],
      'objects 100,000 deep': [nested(100_000), 400, 'VALIDATION_FAILED'],
      'lists 500,000 deep': ['['.repeat(500_000) + ']'.repeat(500_000), 400, 'VALIDATION_FAILED'],
      'facts 500 deep': [withFacts(nested(500)), 400, 'VALIDATION_FAILED'],
      'facts 5 deep': [withFacts(nested(5)), 400, 'VALIDATION_FAILED'],
      'facts with a name that cannot be stored': [withFacts('{"a\\u0000b":1}'), 400, 'VALIDATION_FAILED'],
      'facts that are large': [
        withFacts(JSON.stringify({ a: 'x'.repeat(100_000) })),
        400,
        'VALIDATION_FAILED',
      ],
      'a time that is none': [
        JSON.stringify({ reports: [report({ at: '2026-13-45T99:99:99Z' })] }),
        400,
        'VALIDATION_FAILED',
      ],
      'a prototype': [withFacts('{"__proto__":{"polluted":true}}'), 400, 'VALIDATION_FAILED'],
      'no JSON': ['{"reports":', 400, 'VALIDATION_FAILED'],
      nothing: ['', 400, 'VALIDATION_FAILED'],
    });

    it('that no DP would send are answered by type; others are served meanwhile, and no memory is lost', async () => {
      const programs = [...stack.servers, ...stack.gateways];
      const round = async (): Promise<void> => {
        for (const [name, [body, status, code]] of Object.entries(bodies())) {
          const [answer] = await Promise.all([
            send(`${gateway}/dp/v1/reports`, { text: body, bearer: attacker.bearer() }),
            isServed(),
          ]);
          expect({ name, status: answer.status, code: answer.body.code }).toEqual({ name, status, code });
          expect(answer.headers['content-type']).toContain('application/problem+json');
          expect(answer.body.errors?.length ?? 0).toBeLessThanOrEqual(100);
        }
      };
      for (let i = 0; i < 8; i += 1) await round();
      expect(Math.max(...programs.map((program) => program.residentMiB()))).toBeLessThan(MOST_MEMORY_MIB);
      expect(programs.every((program) => program.isRunning)).toBe(true);
    });

    it('are not read from somebody without a token, nor when they are announced as too large', async () => {
      const url = `${gateway}/dp/v1/reports`;
      expect(await send(url, { announced: 1_000_000, bearer: 'x' })).toMatchObject({
        status: 401,
        body: { code: 'UNAUTHENTICATED' },
      });
      expect(await send(url, { announced: 5 * 1024 * 1024, bearer: attacker.bearer() })).toMatchObject({
        status: 413,
        body: { code: 'TOO_LARGE' },
      });
    });

    it('that arrive a byte at a time are cut off; others are served meanwhile', async () => {
      const slow = await Promise.all(
        Array.from({ length: 100 }, (_, i) =>
          SlowSender.open(gateway, i % 2 === 0 ? attacker.bearer() : null),
        ),
      );
      try {
        await isServed();
        await eventually(() => expect(slow.filter((one) => !one.isClosed)).toEqual([]), SLOW);
        for (const { received } of slow) {
          expect(received).toMatch(
            /^HTTP\/1\.1 408 [^]*application\/problem\+json[^]*"code":"REQUEST_TIMEOUT"/,
          );
        }
        await isServed();
      } finally {
        for (const one of slow) one.end();
      }
    });

    it('headers without end are refused', async () => {
      const answer = await new Promise<string>((resolve, reject) => {
        const socket = connect(Number(new URL(gateway).port), '127.0.0.1');
        let received = '';
        socket.on('data', (chunk) => (received += chunk.toString()));
        socket.on('close', () => resolve(received));
        socket.on('error', (error: Error & { code?: string }) => {
          if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
        });
        socket.write(`POST /dp/v1/poll HTTP/1.1\r\nhost: x\r\nx-long: ${'x'.repeat(64 * 1024)}\r\n`);
      });
      expect(answer).toMatch(/^HTTP\/1\.1 431 [^]*"code":"HEADERS_TOO_LARGE"/);
      await isServed();
    });

    it('the attacked order ends well, and nothing became a dead letter', async () => {
      const { status } = await victim.report([
        { order, state: 'succeeded', result: 'OK', phase: 'install', facts: { os: 'x', disks: ['a', 'b'] } },
      ]);
      expect(status).toBe(202);
      await eventually(
        async () =>
          expect(await stack.api.ok('GET', `/computers?q=prey-01`)).toMatchObject({
            items: [{ state: 'awaiting-registration' }],
          }),
        SLOW,
      );
      expect(await stack.deadLetters()).toEqual({});
    });
  });
});

/** One request, from an address of the loopback network; of an `announced` body nothing is sent. */
function send(
  url: string,
  wish: { from?: string; body?: unknown; text?: string; announced?: number; bearer?: string },
): Promise<Told> {
  const text = wish.text ?? JSON.stringify(wish.body ?? {});
  return new Promise((resolve, reject) => {
    let answered = false;
    const sent = request(
      url,
      {
        method: 'POST',
        agent: false,
        ...(wish.from ? { localAddress: wish.from } : {}),
        headers: {
          'content-type': 'application/json',
          'content-length': String(wish.announced ?? Buffer.byteLength(text)),
          ...(wish.bearer ? { authorization: `Bearer ${wish.bearer}` } : {}),
        },
      },
      (response) => {
        answered = true;
        let received = '';
        response.on('data', (chunk: Buffer) => (received += chunk.toString()));
        response.on('error', reject);
        response.on('end', () => {
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: JSON.parse(received) as Told['body'],
          });
          sent.destroy();
        });
      },
    );
    // the other side may close before it has read everything, once it has answered
    sent.on('error', (error) => {
      if (!answered) reject(error);
    });
    if (wish.announced === undefined) sent.end(text);
    else sent.flushHeaders();
  });
}

/** Sends a request so slowly that it never becomes whole. */
class SlowSender {
  received = '';
  isClosed = false;
  private readonly timer: NodeJS.Timeout;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (chunk) => (this.received += chunk.toString()));
    socket.on('close', () => {
      this.isClosed = true;
      clearInterval(this.timer);
    });
    socket.on('error', () => undefined);
    this.timer = setInterval(() => socket.write(' '), 200);
  }

  /** With a bearer: the body is slow; without: the headers are. */
  static open(gateway: string, bearer: string | null): Promise<SlowSender> {
    return new Promise((resolve, reject) => {
      const socket = connect(Number(new URL(gateway).port), '127.0.0.1', () => {
        const sender = new SlowSender(socket);
        socket.write('POST /dp/v1/poll HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n');
        socket.write(
          bearer === null ? 'x-slow: ' : `authorization: Bearer ${bearer}\r\ncontent-length: 1000\r\n\r\n{`,
        );
        resolve(sender);
      });
      socket.on('error', reject);
    });
  }

  end(): void {
    this.socket.destroy();
  }
}
