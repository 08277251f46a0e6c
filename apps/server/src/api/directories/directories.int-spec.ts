import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { getConnectionToken } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { anyFreePort } from '../../../../../tools/peers/ports.ts';
import { eventually } from '../../../../../tools/testing/eventually.js';
import { expectServerErrors } from '../../../../../tools/testing/server-errors.js';
import { startTestServer, type TestServer } from '../../../testing/test-server.js';

jest.setTimeout(180_000);

const DIRECTORIES = '/api/v1/directories';
const PASSWORD = 'Kennwort-das-niemand-sieht-42';

let server: TestServer;
let importer: ChildProcess;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  if (importer?.exitCode === null) {
    const ended = once(importer, 'exit');
    importer.kill('SIGKILL');
    await ended;
  }
  await server?.stop();
});

const fields = (more: object = {}) => ({
  name: 'headquarters',
  tenant: 'default',
  url: 'ldaps://dc1.corp.example.test',
  bindDn: 'svc-import@corp.example.test',
  bindPassword: PASSWORD,
  bases: ['DC=corp,DC=example,DC=test'],
  ...more,
});
const create = (more: object = {}) => server.post(DIRECTORIES, fields(more));

/** An importer as a process, with the environment of the server under test. */
async function startImporter(): Promise<void> {
  const port = await anyFreePort();
  importer = spawn(process.execPath, ['dist/apps/importer/src/main.js'], {
    env: { ...process.env, ...server.environment, PORT: String(port), DIRECTORY_HOSTS: '*' },
    stdio: 'ignore',
  });
  await eventually(async () => expect((await fetch(`http://127.0.0.1:${port}/health/ready`)).ok).toBe(true), {
    timeoutMs: 90_000,
  });
}

describe('a directory', () => {
  it('is not taken while no importer can tell its key', async () => {
    expectServerErrors(503);
    expect(await create()).toMatchObject({ status: 503, body: { code: 'UNAVAILABLE' } });
    await startImporter();
  });

  it('has a schedule of its own, which waits for its time and is shown with when it is due', async () => {
    const schedule = { times: ['02:00'], days: ['mon'], timeZone: 'Europe/Berlin' };
    const { body } = await create({
      name: 'standing',
      schedule,
      policy: 'commit',
      options: { staleDays: 90 },
    });
    const path = `${DIRECTORIES}/${body.id}`;
    expect(body).toMatchObject({
      schedule,
      policy: 'commit',
      releasesPerHour: 50,
      dp: null,
      options: { staleDays: 90 },
      sync: { nextAt: expect.stringMatching(/T0[01]:00:00.000Z$/), runningSince: null, last: null },
    });
    expect((await server.get(`${path}/sync`)).body).toMatchObject({ lines: [], leavers: [] });
    const changed = await server.patch(path, { schedule: null });
    expect(changed.body).toMatchObject({ schedule: null, policy: 'commit', sync: { nextAt: null } });
    // somebody asks: the server does not exist, which is one line and no import
    expect((await server.post(`${path}/sync`, { full: true })).status).toBe(202);
    await eventually(
      async () =>
        expect((await server.get(path)).body.sync).toMatchObject({
          failures: 1,
          last: {
            result: 'failed',
            run: null,
            fault: { code: expect.any(String), text: expect.any(String) },
          },
        }),
      { timeoutMs: 60_000 },
    );
    expect((await server.get('/api/v1/imports')).body).toMatchObject({ total: 0 });
    await server.del(path);
    expect((await server.get(`${path}/sync`)).status).toBe(404);
  });

  it('is made, shown without its password, changed and deleted', async () => {
    const made = await create({ filter: '(operatingSystem=Windows*)' });
    expect(made).toMatchObject({
      status: 201,
      headers: { location: `${DIRECTORIES}/${made.body.id}` },
      body: {
        name: 'headquarters',
        tenant: 'default',
        startTls: false,
        transport: 'ldaps',
        keyId: expect.any(String),
        filter: '(operatingSystem=Windows*)',
      },
    });
    expect(await create()).toMatchObject({ status: 409, body: { code: 'DUPLICATE' } });
    const path = `${DIRECTORIES}/${made.body.id}`;
    const all = await server.get(`${DIRECTORIES}?limit=200`);
    expect(all.body).toMatchObject({
      total: 1,
      next: null,
      items: [{ id: made.body.id, name: 'headquarters' }],
    });
    for (const { text } of [made, all, await server.get(path)]) expect(text).not.toContain(PASSWORD);

    // nobody has synced it: there is nothing to tell, which is no fault
    expect(made.body.sync).toBeNull();
    expect(await server.get(`${path}/sync`)).toMatchObject({
      status: 200,
      body: { nextAt: null, runningSince: null, last: null, lines: [], leavers: [], left: 0 },
    });
    expect((await server.get(path)).body.sync).toBeNull();

    const renamed = await server.patch(path, { name: 'central', filter: null });
    expect(renamed).toMatchObject({ status: 200, body: { name: 'central', filter: null, revision: 1 } });
    const stale = await server.patch(path, { name: 'late' }, { headers: { 'if-match': '"0"' } });
    expect(stale).toMatchObject({ status: 412, body: { code: 'REVISION_STALE' } });

    // A password is sealed for the address it was entered for
    expect(await server.patch(path, { url: 'ldaps://elsewhere.test' })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'bindPassword' }] },
    });
    const moved = await server.patch(path, { url: 'ldaps://elsewhere.test', bindPassword: PASSWORD });
    expect(moved).toMatchObject({ status: 200, body: { url: 'ldaps://elsewhere.test' } });

    const { items } = (await server.get(`/api/v1/audit?target=directory:${made.body.id}`)).body;
    expect(items.map(({ action }: { action: string }) => action)).toEqual(
      expect.arrayContaining(['directory.created', 'directory.changed']),
    );
    expect(JSON.stringify(items)).not.toContain(PASSWORD);
    // it has never had a schedule, and can be synced all the same
    const asked = await server.post(`${path}/sync`, {});
    expect(asked).toMatchObject({ status: 202, body: { nextAt: null, runningSince: expect.any(String) } });
    expect((await server.del('/api/v1/tenants/default')).status).toBe(409);
    expect((await server.del(path)).status).toBe(204);
    expect((await server.get(path)).status).toBe(404);
  });

  it('names everything that is wrong with it', async () => {
    const bad = {
      name: '',
      url: 'http://dc1',
      bindDn: '',
      bindPassword: '',
      bases: [],
      caPem: 'no',
      further: 1,
    };
    const { status, body } = await create(bad);
    expect([status, body.code]).toEqual([400, 'VALIDATION_FAILED']);
    const paths = body.errors.map(({ path }: { path: string }) => path);
    for (const path of ['name', 'url', 'bindDn', 'bindPassword', 'bases', 'further']) {
      expect(paths).toContain(path);
    }
    const faults: [object, string][] = [
      [{ tenant: 'nowhere' }, 'tenant'],
      [{ caPem: 'no' }, 'caPem'],
      [{ filter: '(&(cn=' }, 'filter'],
      [{ schedule: {} }, 'schedule.times'],
      [{ schedule: { every: 0 } }, 'schedule.every'],
      [{ schedule: { every: 5, times: ['02:00'] } }, 'schedule'],
      [{ schedule: { times: ['02:00'] } }, 'schedule.timeZone'],
      [{ schedule: { times: ['25:00'], timeZone: 'UTC' } }, 'schedule.times'],
      [{ schedule: { times: ['02:00'], timeZone: 'Berlin' } }, 'schedule.timeZone'],
      [{ policy: 'all' }, 'policy'],
      [{ releasesPerHour: 0 }, 'releasesPerHour'],
      [{ dp: 'nowhere' }, 'dp'],
      [{ url: 'ldap://dc1' }, 'url'],
      [{ url: 'ldaps://dc1:99999' }, 'url'],
      [{ startTls: true }, 'startTls'],
      [{ bindPassword: '' }, 'bindPassword'],
    ];
    for (const [more, path] of faults) {
      expect([more, await create(more)]).toEqual([
        more,
        expect.objectContaining({
          status: 400,
          body: expect.objectContaining({ errors: [expect.objectContaining({ path })] }),
        }),
      ]);
    }
    const plain = await create({ name: 'plain', url: 'ldap://dc1', allowPlain: true });
    expect(plain).toMatchObject({ status: 201, body: { transport: 'plain', allowPlain: true } });
    const startTls = await create({ name: 'upgraded', url: 'ldap://dc1', startTls: true });
    expect(startTls).toMatchObject({ status: 201, body: { transport: 'starttls' } });
  });

  it('is tested step by step, up to the one that fails', async () => {
    const { body } = await create({ name: 'unreachable', url: 'ldaps://127.0.0.1:9' });
    const { status, body: test } = await server.post(`${DIRECTORIES}/${body.id}/test`, {});
    expect([status, test.ok, test.count]).toEqual([200, false, null]);
    expect(test.steps.map(({ step, ok }: { step: string; ok: boolean | null }) => [step, ok])).toEqual([
      ['resolve', true],
      ['connect', false],
      ['tls', null],
      ['bind', null],
      ['search', null],
      ['count', null],
    ]);
    expect(test.steps[1]).toMatchObject({
      code: 'CONNECT_FAILED',
      text: expect.stringContaining('127.0.0.1:9'),
    });
  });

  it('has its password in no document in the clear', async () => {
    await server.post(DIRECTORIES, fields({ name: 'repeated' }), {
      headers: { 'idempotency-key': 'directory-1' },
    });
    const { db } = server.app.get<Connection>(getConnectionToken());
    if (!db) throw new Error('no database');
    for (const { name } of await db.listCollections().toArray()) {
      expect(JSON.stringify(await db.collection(name).find().toArray())).not.toContain(PASSWORD);
    }
  });
});
