import { getConnectionToken } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import ssh2 from 'ssh2';
import { RPC } from '#contract';
import type { DpId, TenantId } from '#domain';
import { AccountRepository, DistributionPointRepository } from '#persistence';
import { generateSealingKeyPair, openAccount, publicKeyText, sealingKeyId } from '#sealing';
import { enabledDp, rpc, testDp, type TestDp } from '../../../testing/fixtures.js';
import { startTestServer, type TestServer } from '../../../testing/test-server.js';

const ACCOUNTS = '/api/v1/accounts';
const PASSWORD = 'Kennwort-das-niemand-sieht-41';

let server: TestServer;
let munich: TestDp;
beforeAll(async () => {
  server = await startTestServer();
  munich = await enabledDp(server, 'munich');
});
afterAll(() => server.stop());

const create = (fields: object = {}) =>
  server.post(ACCOUNTS, {
    label: 'admin',
    tenant: 'default',
    username: 'root',
    password: PASSWORD,
    ...fields,
  });

async function opened(dp: TestDp, account: string) {
  const stored = await server.app.get(AccountRepository).findForDp('default' as TenantId, dp.id);
  const sealed = stored.find(({ id }) => id === account)?.sealed.find(({ recipient }) => recipient === dp.id);
  const binding = { account, keyId: sealed?.keyId ?? '', recipient: dp.id };
  return sealed ? openAccount(dp.sealing.privateKey, binding, sealed.blob) : null;
}

describe('an account', () => {
  it('is sealed to the enabled DPs, and only they can open it', async () => {
    const other = await enabledDp(server, 'berlin');
    const made = await create({ domain: 'CORP', order: 3 });
    expect(made).toMatchObject({
      status: 201,
      headers: { location: `${ACCOUNTS}/${made.body.id}` },
      body: { label: 'admin', kind: 'password', domain: 'CORP', order: 3, scope: 'all' },
    });
    expect(made.body.sealedFor).toEqual([
      { dp: 'berlin', dpName: 'DP berlin', keyId: sealingKeyId(other.sealing.publicKey), stale: false },
      { dp: 'munich', dpName: 'DP munich', keyId: sealingKeyId(munich.sealing.publicKey), stale: false },
    ]);
    expect(await opened(munich, made.body.id)).toEqual({
      username: 'root',
      domain: 'CORP',
      password: PASSWORD,
    });
    expect(made.text).not.toContain(PASSWORD);
    expect((await server.get(`${ACCOUNTS}/${made.body.id}`)).text).not.toContain(PASSWORD);
  });

  it('is in no document in the clear', async () => {
    await create();
    // What is kept for a repeat must not hold it either
    await server.post(
      ACCOUNTS,
      { label: 'kept', tenant: 'default', username: 'root', password: PASSWORD },
      { headers: { 'idempotency-key': 'secret-1' } },
    );
    const { db } = server.app.get<Connection>(getConnectionToken());
    if (!db) throw new Error('no database');
    for (const { name } of await db.listCollections().toArray()) {
      const documents = await db.collection(name).find().toArray();
      expect(JSON.stringify(documents)).not.toContain(PASSWORD);
    }
  });

  it('is for the DPs of its scope only', async () => {
    await enabledDp(server, 'outside');
    const made = await create({ scope: { dps: ['munich'] } });
    expect(made.body.sealedFor.map(({ dp }: { dp: string }) => dp)).toEqual(['munich']);
    expect(await create({ scope: { dps: ['munich', 'nowhere'] } })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'scope.dps[1]' }] },
    });
  });

  it('is not sealed to a DP that nobody has enabled, and shows one enabled later as stale', async () => {
    const late = testDp(server, 'late');
    const { joinToken } = (
      await server.post('/api/v1/distribution-points', { id: 'late', name: 'x', tenant: 'default' })
    ).body;
    await late.enrol(joinToken);
    const made = await create({ scope: { dps: ['late'] } });
    expect(made.body.sealedFor).toEqual([]);
    await server.post('/api/v1/distribution-points/late/enable', {});
    expect((await server.get(`${ACCOUNTS}/${made.body.id}`)).body.sealedFor).toEqual([
      { dp: 'late', dpName: 'x', keyId: null, stale: true },
    ]);
    const entered = await server.patch(`${ACCOUNTS}/${made.body.id}`, { password: 'entered again' });
    expect(entered.body.sealedFor).toMatchObject([{ dp: 'late', stale: false }]);
    expect(await opened(late, made.body.id)).toMatchObject({ password: 'entered again' });
  });

  it('is sealed to the others when one DP has a key that nothing can be sealed to', async () => {
    const { id } = await enabledDp(server, 'broken');
    const dps = server.app.get(DistributionPointRepository);
    const broken = await dps.findById('all', id);
    if (!broken?.keys) throw new Error('broken has no keys');
    // as a server of before took it
    await dps.replace({
      ...broken,
      keys: { ...broken.keys, sealing: Buffer.alloc(32).toString('base64url') },
    });
    const made = await create({ scope: { dps: ['broken', 'munich'] } });
    expect(made).toMatchObject({ status: 201 });
    expect(made.body.sealedFor).toEqual([
      { dp: 'broken', dpName: 'DP broken', keyId: null, stale: true },
      { dp: 'munich', dpName: 'DP munich', keyId: sealingKeyId(munich.sealing.publicKey), stale: false },
    ]);
    await server.post('/api/v1/distribution-points/broken/disable');
  });

  it('has to be entered again when a DP has new keys', async () => {
    const dp = await enabledDp(server, 'rotating');
    const made = await create({ scope: { dps: ['rotating'] } });
    const sealing = generateSealingKeyPair();
    await rpc(server, RPC.keys, {
      dp: 'rotating',
      jti: 'once',
      signingKey: publicKeyText(dp.signing.publicKey),
      sealingKey: publicKeyText(sealing.publicKey),
    });
    expect((await server.get(`${ACCOUNTS}/${made.body.id}`)).body.sealedFor).toMatchObject([{ stale: true }]);
    const audit = await server.get('/api/v1/audit?action=dp.keys-rotated&target=dp:rotating');
    expect(audit.body.items).toMatchObject([{ who: null, data: { fingerprint: expect.any(String) } }]);
    const { private: privateKey } = ssh2.utils.generateKeyPairSync('ed25519', {
      passphrase: 'phrase',
      cipher: 'aes256-ctr',
      rounds: 1,
    });
    await server.patch(`${ACCOUNTS}/${made.body.id}`, { privateKey, passphrase: 'phrase' });
    expect(await opened({ ...dp, sealing, id: 'rotating' as DpId }, made.body.id)).toEqual({
      username: 'root',
      privateKey,
      passphrase: 'phrase',
    });
  });

  it('has to be entered again for a DP that comes into its scope, and is taken from one that leaves it', async () => {
    const joined = await enabledDp(server, 'joined');
    const { id } = (await create({ scope: { dps: ['munich'] } })).body;
    const both = await server.patch(`${ACCOUNTS}/${id}`, { scope: { dps: ['munich', 'joined'] } });
    expect(both.body.sealedFor).toMatchObject([
      { dp: 'joined', keyId: null, stale: true },
      { dp: 'munich', stale: false },
    ]);
    expect(await opened(joined, id)).toBeNull();
    const entered = await server.patch(`${ACCOUNTS}/${id}`, { password: 'for both' });
    expect(entered.body.sealedFor).toMatchObject([
      { dp: 'joined', stale: false },
      { dp: 'munich', stale: false },
    ]);
    expect(await opened(joined, id)).toMatchObject({ password: 'for both' });
    await server.patch(`${ACCOUNTS}/${id}`, { scope: { dps: ['joined'] } });
    expect(await opened(munich, id)).toBeNull();
  });

  it('has to be entered again when a DP joins anew on another machine', async () => {
    await enabledDp(server, 'moved');
    const { id } = (await create({ scope: { dps: ['moved'] } })).body;
    const path = '/api/v1/distribution-points/moved';
    const machine = testDp(server, 'moved');
    await machine.enrol((await server.post(`${path}/join-token`)).body.joinToken);
    const shown = async () => (await server.get(`${ACCOUNTS}/${id}`)).body.sealedFor;
    // nobody has compared the new fingerprint yet, so a secret entered now is not for it
    await server.patch(`${ACCOUNTS}/${id}`, { password: 'too early' });
    expect(await opened(machine, id)).toBeNull();
    await server.post(`${path}/enable`, {});
    expect(await shown()).toMatchObject([{ dp: 'moved', stale: true }]);
    await server.patch(`${ACCOUNTS}/${id}`, { password: 'entered again' });
    expect(await shown()).toEqual([
      { dp: 'moved', dpName: 'DP moved', keyId: sealingKeyId(machine.sealing.publicKey), stale: false },
    ]);
    expect(await opened(machine, id)).toMatchObject({ password: 'entered again' });
  });

  it('needs its secret again when its user changes', async () => {
    const { id } = (await create()).body;
    expect(await server.patch(`${ACCOUNTS}/${id}`, { username: 'other' })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'username' }] },
    });
    expect(await server.patch(`${ACCOUNTS}/${id}`, { username: 'other', password: 'new' })).toMatchObject({
      status: 200,
    });
    expect(await opened(munich, id)).toEqual({ username: 'other', password: 'new' });
  });

  it('takes no private key that no DP could use', async () => {
    const { public: publicKey } = ssh2.utils.generateKeyPairSync('ed25519');
    const made = await create({ privateKey: publicKey });
    expect(made).toMatchObject({ status: 400, body: { errors: [{ path: 'privateKey', code: 'key' }] } });
    const { id } = (await create()).body;
    expect(await server.patch(`${ACCOUNTS}/${id}`, { privateKey: 'KEY' })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'privateKey' }] },
    });
    expect(await opened(munich, id)).toMatchObject({ password: PASSWORD });
  });

  it('can be deleted', async () => {
    const { id } = (await create()).body;
    expect(await server.del(`${ACCOUNTS}/${id}`)).toMatchObject({ status: 204 });
    expect(await server.get(`${ACCOUNTS}/${id}`)).toMatchObject({ status: 404 });
  });
});
