import { RPC, type IdentityAnswer, type KeysAnswer } from '#contract';
import { firstValueFrom } from 'rxjs';
import type { TenantId } from '#domain';
import { ChangeSubscriber, EventSender, QUEUES, RpcClient } from '#messaging';
import { AuditChainRepository, DistributionPointRepository } from '#persistence';
import {
  checkpointHash,
  dpKeyFingerprint,
  generateSealingKeyPair,
  generateSigningKeyPair,
  publicKeyFromText,
  publicKeyText,
  serverKeyFingerprint,
  signText,
} from '#sealing';
import { eventually } from '../../../../../tools/testing/eventually.js';
import { enabledDp, importedComputer, rpc, testDp } from '../../../testing/fixtures.js';
import { DpIdentityService } from '../../engine/distribution-points/dp-identity.service.js';
import { ServerKeys } from '../../platform/keys/server-keys.js';
import { SettingsService } from '../../platform/settings/settings.service.js';
import { sees, signedCheckpoint } from '../../../testing/audit-proofs.js';
import { startTestServer, type Answer, type TestServer } from '../../../testing/test-server.js';

const DPS = '/api/v1/distribution-points';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const create = (id: string, tenant: string | null = 'default'): Promise<Answer> =>
  server.post(DPS, { id, name: `DP ${id}`, tenant });

describe('creating a distribution point', () => {
  it('gives a join command with the fingerprint of the server key, once', async () => {
    const made = await create('munich');
    expect(made).toMatchObject({
      status: 201,
      headers: { location: `${DPS}/munich`, etag: '"0"' },
      body: {
        id: 'munich',
        tenant: 'default',
        state: 'pending',
        keyFingerprint: null,
        lastSeen: null,
        overdue: false,
        queue: { ready: 0, unacked: 0 },
        orders: { open: 0, running: 0, failed: 0 },
      },
    });
    const { joinToken, joinCommand } = made.body;
    expect(joinToken).toMatch(/^munich\.[\w-]{43}$/);
    expect(joinCommand).toMatch(
      /^relaypoint-dp join --gateway https:\/\/gateway.test --token munich\.\S+ --server-key SHA256:\S+$/,
    );
    expect((await server.get(`${DPS}/munich`)).text).not.toContain(joinToken);
  });

  it('refuses a second one with the same id, and an unknown tenant', async () => {
    await create('twice');
    expect(await create('twice')).toMatchObject({ status: 409, body: { code: 'DUPLICATE' } });
    expect(await create('lost', 'nowhere')).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION_FAILED', errors: [{ path: 'tenant' }] },
    });
  });

  it('happens for the server DP at the first start', async () => {
    expect(await server.get(`${DPS}/server`)).toMatchObject({
      status: 200,
      body: { tenant: null, state: 'pending' },
    });
    expect(await server.del(`${DPS}/server`)).toMatchObject({ status: 409, body: { code: 'WRONG_STATE' } });
  });
});

describe('joining', () => {
  it('makes the DP trust the key of this server; one that trusts another key has an alert until it joins anew', async () => {
    const dp = await enabledDp(server, 'trusting');
    const alerts = async (): Promise<string[]> =>
      (await server.get(`${DPS}/trusting`)).body.alerts.map(({ code }: { code: string }) => code);
    expect(await alerts()).toEqual([]);
    const dps = server.app.get(DistributionPointRepository);
    const stored = await dps.findById('all', dp.id);
    await dps.replace({ ...stored!, serverKey: 'SHA256:of-a-server-that-is-gone' });
    expect(await alerts()).toEqual(['OTHER_SERVER_KEY']);
    const { body } = await server.post(`${DPS}/trusting/join-token`);
    await testDp(server, 'trusting').enrol(body.joinToken);
    expect(await alerts()).toEqual([]);
  });

  it('tells of a DP that was told another audit than before, once, until somebody accepts it', async () => {
    const dp = await enabledDp(server, 'witness');
    const keys = server.app.get(ServerKeys);
    const chain = server.app.get(AuditChainRepository);
    const hears = (contradiction?: object): Promise<void> => sees(server, dp.id, contradiction);
    const alerts = async (): Promise<{ code: string; at: string; text: string }[]> =>
      (await server.get(`${DPS}/witness`)).body.alerts;
    const entries = async (action: string): Promise<object[]> =>
      (await server.get(`/api/v1/audit?action=${action}`)).body.items;
    const accept = async (heardAt: unknown): Promise<Answer> =>
      server.post(`${DPS}/witness/accept-audit`, { heardAt });

    const had = signedCheckpoint(keys, { number: 12, sequence: 340 });
    const has = signedCheckpoint(keys, { number: 12, sequence: 339 });
    // what proves nothing: not signed, signed by somebody else, of one chain
    const { privateKey, publicKey } = generateSigningKeyPair();
    const foreign = {
      serverKey: publicKeyText(publicKey),
      signText: (text: string) => signText(privateKey, text),
    };
    await hears({ had, has: { ...has, sequence: 338 } });
    await hears({ had, has: signedCheckpoint(foreign, { number: 12, sequence: 339 }) });
    const next = signedCheckpoint(keys, {
      number: 90_002,
      sequence: 2_000_000,
      previous: checkpointHash(had),
    });
    const stored = signedCheckpoint(keys, { number: 90_001, sequence: 1_000_000 });
    await chain.addCheckpoint({ ...stored, at: new Date(stored.at) });
    await hears({ had: stored, has: { ...next, previous: 'a'.repeat(64) } });
    await hears({ had: stored, has: signedCheckpoint(keys, { number: 89_000, sequence: 500_000 }) });
    expect([await alerts(), await entries('audit.contradicted')]).toEqual([[], []]);

    for (let twice = 0; twice < 2; twice += 1) await hears({ had, has });
    const [alert, ...others] = await alerts();
    expect(others).toEqual([]);
    expect(alert).toMatchObject({ code: 'AUDIT_CONTRADICTED', at: expect.any(String) });
    expect(alert?.text).toContain('checkpoint 12, entry 339');
    const told = {
      had: { checkpoint: 12, sequence: 340 },
      has: { checkpoint: 12, sequence: 339 },
      at: has.at,
    };
    expect(await entries('audit.contradicted')).toMatchObject([
      { who: null, target: 'dp:witness', data: told },
    ]);
    expect((await server.get(`${DPS}/witness`)).body.agent).not.toHaveProperty('contradiction');

    // the other machine, say, begins elsewhere: an alert, and no further entry while there is one
    const later = signedCheckpoint(foreign, { number: 13, sequence: 341 });
    await hears({ had, has: later });
    // a key of before: it has signed what is stored
    const former = signedCheckpoint(foreign, { number: 90_003, sequence: 1_000_001 });
    await chain.addCheckpoint({ ...former, at: new Date(former.at) });
    await hears({ had, has: later });
    expect(await alerts()).toHaveLength(2);
    expect(await entries('audit.contradicted')).toHaveLength(1);

    expect(await accept(undefined)).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
    expect(await accept(alert?.at)).toMatchObject({ status: 409, body: { code: 'WRONG_STATE' } });
    const newest = (await alerts()).at(-1)?.at;
    for (let twice = 0; twice < 2; twice += 1)
      expect(await accept(newest)).toMatchObject({ status: 200, body: { alerts: [] } });
    // as each says again after each start; one that says nothing takes nothing back
    for (const known of [has, later, has]) await hears({ had, has: known });
    expect(await alerts()).toEqual([]);
    // what it kept is not stored (any more)
    await hears({ had, has: signedCheckpoint(keys, { number: 11, sequence: 300 }) });
    await hears();
    expect(await alerts()).toMatchObject([{ code: 'AUDIT_CONTRADICTED' }]);
    expect(await entries('dp.audit-accepted')).toHaveLength(1);
    expect(await entries('audit.contradicted')).toHaveLength(2);
  });

  it('believes nothing of the audit that a DP shows which nobody has enabled', async () => {
    const { body } = await create('stranger');
    await testDp(server, 'stranger').enrol(body.joinToken);
    const keys = server.app.get(ServerKeys);
    const [had, has] = [340, 339].map((sequence) => signedCheckpoint(keys, { number: 12, sequence }));
    await sees(server, 'stranger', { had, has });
    expect((await server.get(`${DPS}/stranger`)).body).toMatchObject({ state: 'pending', alerts: [] });
  });

  it('takes the keys, shows their fingerprint, and waits to be enabled', async () => {
    const dp = testDp(server, 'berlin');
    const made = await create('berlin');
    const answer = await dp.enrol(made.body.joinToken);
    const fingerprint = dpKeyFingerprint(dp.signing.publicKey, dp.sealing.publicKey);
    expect(answer).toMatchObject({ dp: 'berlin', status: 'pending', keyFingerprint: fingerprint });
    const serverKey = publicKeyFromText('ed25519', answer.serverKey);
    expect(made.body.joinCommand).toContain(serverKey && serverKeyFingerprint(serverKey));
    expect(await server.get(`${DPS}/berlin`)).toMatchObject({
      body: { state: 'pending', keyFingerprint: fingerprint, agent: { hostname: 'dp-host' } },
    });
    expect(await dp.enrol(made.body.joinToken)).toEqual(answer);
  });

  it('is refused with a spent, replaced or invented token', async () => {
    const made = await create('hamburg');
    await testDp(server, 'hamburg').enrol(made.body.joinToken);
    const other = testDp(server, 'hamburg');
    await expect(other.enrol(made.body.joinToken)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect(other.enrol(`nowhere.${'x'.repeat(43)}`)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    const anew = await server.post(`${DPS}/hamburg/join-token`);
    expect(anew).toMatchObject({ status: 201 });
    expect(await other.enrol(anew.body.joinToken)).toMatchObject({ status: 'pending' });
  });
});

describe('enabling and disabling', () => {
  it('needs a machine that has joined, with the fingerprint the administrator read', async () => {
    const dp = testDp(server, 'cologne');
    const made = await create('cologne');
    expect(await server.post(`${DPS}/cologne/enable`)).toMatchObject({
      status: 409,
      body: { code: 'WRONG_STATE' },
    });
    const { keyFingerprint } = await dp.enrol(made.body.joinToken);
    const wrong = await server.post(`${DPS}/cologne/enable`, { keyFingerprint: 'SHA256:other' });
    expect(wrong).toMatchObject({ status: 409, body: { code: 'WRONG_STATE' } });
    expect(await server.post(`${DPS}/cologne/enable`, { keyFingerprint })).toMatchObject({
      status: 200,
      body: { state: 'enabled' },
    });
    expect(await rpc<IdentityAnswer>(server, RPC.identity, { dp: 'cologne' })).toMatchObject({
      status: 'enabled',
      signingKey: publicKeyText(dp.signing.publicKey),
      settings: { pollInterval: 60, pollJitter: 10, longPoll: true },
    });
  });

  it('has settings that every server tells the gateways at once, also one that has just looked', async () => {
    const second = await server.another();
    try {
      const { id } = await enabledDp(server, 'speyer');
      await second.get(SettingsService, { strict: false }).forDp('default' as TenantId, id);
      await server.patch(`${DPS}/speyer/settings`, { pollInterval: 45 });
      for (const app of [server.app, second])
        expect(await app.get(DpIdentityService, { strict: false }).identityOf(id)).toMatchObject({
          settings: { pollInterval: 45 },
        });
      // by the table of calls, and as any client of Nest's
      const call = { dp: 'speyer' };
      const client = server.app.get(RpcClient);
      // the audit's newest checkpoint may be signed between the two
      const { checkpoint: _, ...called } = await client.call(RPC.identity, call);
      expect(await firstValueFrom(client.send(RPC.identity, call))).toMatchObject(called);
    } finally {
      await second.close();
    }
  });

  it('tells the gateways', async () => {
    const heard: string[] = [];
    let live = false;
    server.app.get(ChangeSubscriber).subscribe({
      keys: ['dp.dresden', 'keys.dresden'],
      onEvent: ({ topic, id }) => heard.push(`${topic}.${id}`),
      onLive: () => (live = true),
    });
    await eventually(() => expect(live).toBe(true));
    await enabledDp(server, 'dresden');
    await eventually(() => expect(heard).toEqual(expect.arrayContaining(['dp.dresden', 'keys.dresden'])));
    heard.length = 0;
    expect(await server.post(`${DPS}/dresden/disable`)).toMatchObject({
      status: 200,
      body: { state: 'disabled' },
    });
    await eventually(() => expect(heard).toContain('dp.dresden'), { timeoutMs: 1000 });
    expect(await rpc(server, RPC.identity, { dp: 'dresden' })).toMatchObject({ status: 'disabled' });
  });
});

describe('key rotation', () => {
  const rotation = (dp: string, jti: string) => ({
    dp,
    jti,
    signingKey: publicKeyText(generateSigningKeyPair().publicKey),
    sealingKey: publicKeyText(generateSealingKeyPair().publicKey),
  });

  it('takes new keys, leaves the DP enabled, and never the same token twice', async () => {
    await enabledDp(server, 'essen');
    const call = rotation('essen', 'jti-1');
    const answer = await rpc<KeysAnswer>(server, RPC.keys, call);
    expect(answer).toMatchObject({ dp: 'essen', status: 'enabled' });
    expect(await rpc<KeysAnswer>(server, RPC.keys, call)).toEqual(answer);
    await expect(rpc(server, RPC.keys, rotation('essen', 'jti-1'))).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  });
});

describe('a sealing key of low order', () => {
  const zeros = Buffer.alloc(32).toString('base64url');
  const refused = { code: 'VALIDATION_FAILED', faults: [{ path: 'sealingKey' }] };

  it('is refused when a DP joins, and the join token stays good', async () => {
    const made = await create('jena');
    const dp = testDp(server, 'jena');
    await expect(dp.enrol(made.body.joinToken, { sealingKey: zeros })).rejects.toMatchObject(refused);
    expect(await dp.enrol(made.body.joinToken)).toMatchObject({ status: 'pending' });
  });

  it('is refused when keys are rotated, and the old ones stay', async () => {
    const dp = await enabledDp(server, 'halle');
    const signingKey = publicKeyText(generateSigningKeyPair().publicKey);
    const call = { dp: 'halle', jti: 'jti-low', signingKey, sealingKey: zeros };
    await expect(rpc(server, RPC.keys, call)).rejects.toMatchObject(refused);
    expect(await rpc<IdentityAnswer>(server, RPC.identity, { dp: 'halle' })).toMatchObject({
      signingKey: publicKeyText(dp.signing.publicKey),
    });
  });
});

describe('sightings', () => {
  it('show when a DP was seen and make it overdue after three intervals', async () => {
    await enabledDp(server, 'kiel');
    const sight = (at: Date) =>
      server.app.get(EventSender).send(QUEUES.status, 'sightings', {
        v: 1,
        sightings: [{ dp: 'kiel', at: at.toISOString(), address: '192.0.2.7', running: 2 }],
      });
    const longAgo = new Date(Date.now() - 190_000);
    await sight(longAgo);
    await eventually(async () =>
      expect((await server.get(`${DPS}/kiel`)).body).toMatchObject({
        lastSeen: longAgo.toISOString(),
        address: '192.0.2.7',
        overdue: true,
      }),
    );
    const late = async (overdue: boolean): Promise<boolean> =>
      (await server.get(`${DPS}?q=kiel&overdue=${overdue}`)).body.total === 1;
    expect([await late(true), await late(false)]).toEqual([true, false]);
    expect((await server.get('/api/v1/overview')).body.distributionPoints.overdue).toBe(1);
    await sight(new Date());
    await eventually(async () =>
      expect((await server.get(`${DPS}/kiel`)).body).toMatchObject({ overdue: false }),
    );
    expect([await late(true), await late(false)]).toEqual([false, true]);
  });

  const sighted = (dp: string, at: Date, fields: object = {}): Promise<void> =>
    server.app.get(EventSender).send(QUEUES.status, 'sightings', {
      v: 1,
      sightings: [{ dp, at: at.toISOString(), address: '192.0.2.8', running: 0, ...fields }],
    });
  const lastSeenIs = (dp: string, at: Date): Promise<void> =>
    eventually(async () =>
      expect((await server.get(`${DPS}/${dp}`)).body).toMatchObject({ lastSeen: at.toISOString() }),
    );

  it('that come late, or from a gateway whose clock is ahead, do not make a DP seen later than it was', async () => {
    await enabledDp(server, 'worms');
    const now = new Date();
    await sighted('worms', now);
    await lastSeenIs('worms', now);
    await sighted('worms', new Date(now.getTime() - 60_000), { address: '192.0.2.9' });
    await sighted('worms', new Date(now.getTime() + 3_600_000), { address: '192.0.2.10' });
    await eventually(async () =>
      expect((await server.get(`${DPS}/worms`)).body).toMatchObject({ address: '192.0.2.10' }),
    );
    const { lastSeen } = (await server.get(`${DPS}/worms`)).body;
    expect(Date.parse(lastSeen)).toBeLessThanOrEqual(Date.now());
  });

  it('tell of a clock that is off by how much, until the DP is let in again', async () => {
    await enabledDp(server, 'trier');
    const clocked = (at: Date, off: number): Promise<void> =>
      server.app.get(EventSender).send(QUEUES.status, 'sightings', {
        v: 1,
        sightings: [],
        clocks: [{ dp: 'trier', at: at.toISOString(), off }],
      });
    const alertsAre = (alerts: object[]): Promise<void> =>
      eventually(async () =>
        expect((await server.get(`${DPS}/trier`)).body.alerts).toEqual(
          alerts.map((one): unknown => expect.objectContaining(one)),
        ),
      );
    const then = new Date(Date.now() - 5_000);
    await clocked(then, -600);
    const text = 'Its clock is 600 seconds behind; its requests are refused until it is set.';
    await alertsAre([{ code: 'CLOCK_OFF', at: then.toISOString(), text }]);
    await sighted('trier', new Date());
    await alertsAre([]);
  });

  it('that say the same of the agent as before make no gateway forget the DP', async () => {
    await enabledDp(server, 'fulda');
    const { agent: shown, revision } = (await server.get(`${DPS}/fulda`)).body;
    // as agents of before say it
    const { methods: _methods, platforms: _platforms, update: _update, ...agent } = shown;
    const heard: string[] = [];
    await new Promise<void>((live) =>
      server.app.get(ChangeSubscriber).subscribe({
        keys: ['dp.*'],
        onEvent: ({ id }) => heard.push(id),
        onLive: live,
      }),
    );
    const at = new Date();
    await sighted('fulda', at, { agent });
    await lastSeenIs('fulda', at);
    expect((await server.get(`${DPS}/fulda`)).body).toMatchObject({ agent, revision });
    await sighted('fulda', new Date(), { agent: { ...agent, version: '9.9.9', methods: ['ssh'] } });
    await eventually(() => expect(heard).toContain('fulda'));
    expect(heard).toEqual(['fulda']);
    expect((await server.get(`${DPS}/fulda`)).body.agent).toEqual({
      ...shown,
      version: '9.9.9',
      methods: ['ssh'],
    });
  });
});

describe('deleting', () => {
  it('is refused while computers are fixed to it', async () => {
    await enabledDp(server, 'leipzig');
    const computer = await importedComputer(server, 'fixed-1', 'leipzig');
    expect(await server.del(`${DPS}/leipzig`)).toMatchObject({ status: 409, body: { code: 'WRONG_STATE' } });
    await server.del(`/api/v1/computers/${computer.id}`);
    expect(await server.del(`${DPS}/leipzig`)).toMatchObject({ status: 204 });
    expect(await server.get(`${DPS}/leipzig`)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
  });

  it('heeds If-Match', async () => {
    await create('old');
    expect(await server.del(`${DPS}/old`, { headers: { 'if-match': '"7"' } })).toMatchObject({
      status: 412,
      body: { code: 'REVISION_STALE' },
    });
  });
});

describe('tenants', () => {
  it('do not see or touch one another', async () => {
    await server.post('/api/v1/tenants', { id: 'acme', name: 'Acme' });
    await create('acme-dp', 'acme');
    await create('default-dp', 'default');
    const { token } = (
      await server.post('/api/v1/api-tokens', { label: 'a', role: 'admin', tenants: ['acme'] })
    ).body;
    const seen = (await server.get(`${DPS}?limit=500`, { token })).body.items.map(
      ({ id }: { id: string }) => id,
    );
    expect(seen).toEqual(expect.arrayContaining(['acme-dp', 'server']));
    expect(seen).not.toContain('default-dp');
    expect(await server.post(`${DPS}/default-dp/disable`, undefined, { token })).toMatchObject({
      status: 404,
    });
    expect(await server.post(`${DPS}/server/disable`, undefined, { token })).toMatchObject({ status: 403 });
    expect(await create('no-tenant', null)).toMatchObject({ status: 201 });
    expect(await server.post(DPS, { id: 'x1', name: 'x', tenant: null }, { token })).toMatchObject({
      status: 403,
    });
  });
});
