import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { anyFreePort } from '../../../../../tools/peers/ports.ts';
import { createDatabase, type TestDatabase } from '../../../../../tools/testing/database.js';
import { eventually } from '../../../../../tools/testing/eventually.js';
import { createVhost, type TestVhost } from '../../../../../tools/testing/vhost.js';
import { PinnedKeys } from './pinned-keys.js';

const FINGERPRINT = /SHA256:[\w+/]{43}/;

/** Servers as processes, on one database, with state folders of their own. */
describe('a server whose keys are not those of its database', () => {
  const folder = mkdtempSync(join(tmpdir(), 'keys-'));
  let database: TestDatabase;
  let vhost: TestVhost;

  beforeAll(async () => {
    database = createDatabase();
    vhost = await createVhost();
  });
  afterAll(async () => {
    await database.drop();
    await vhost.drop();
    rmSync(folder, { recursive: true });
  });

  const start = async (state: string, more: Record<string, string> = {}) => {
    const port = await anyFreePort();
    const child = spawn(process.execPath, ['dist/apps/server/src/main.js'], {
      env: {
        ...process.env,
        MONGODB_URI: database.uri,
        MONGODB_STAND_IN: database.standIn ? '1' : '0',
        AMQP_URL: vhost.url,
        RELAYPOINT_STATE: join(folder, state),
        ADMIN_PASSWORD: 'correct horse battery',
        LOG_LEVEL: 'error',
        PORT: String(port),
        ...more,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (said += text));
    const ended = once(child, 'exit').then(([code]) => code as number | null);
    return {
      ready: () =>
        eventually(
          async () => {
            if (child.exitCode !== null) throw new Error(`the server ended: ${said}`);
            expect((await fetch(`http://127.0.0.1:${port}/health/ready`)).status).toBe(200);
          },
          { timeoutMs: 60_000 },
        ),
      said: () => said,
      ended,
      stop: async () => {
        child.kill('SIGTERM');
        await ended;
      },
    };
  };

  let [known, ours]: string[] = [];

  it('does not start, and says both fingerprints and where its own came from', async () => {
    const first = await start('first');
    await first.ready();
    await first.stop();

    const lost = await start('lost');
    expect(await lost.ended).toBe(1);
    [known, ours] = lost.said().match(new RegExp(FINGERPRINT, 'g')) ?? [];
    expect(known).not.toBe(ours);
    expect(lost.said()).toContain(`its DPs trust the server key ${known}, and this server has ${ours}`);
    expect(lost.said()).toContain(join(folder, 'lost', 'keys'));
  });

  it('starts when a person says that its key is the one to count, and by no other word', async () => {
    const other = await start('lost', { ACCEPT_SERVER_KEY: String(known) });
    expect(await other.ended).toBe(1);
    expect(other.said()).toContain(`ACCEPT_SERVER_KEY=${ours}`);
    const accepted = await start('lost', { ACCEPT_SERVER_KEY: String(ours) });
    await accepted.ready();
    await accepted.stop();
    const refused = await start('first');
    expect(await refused.ended).toBe(1);
    expect(refused.said()).toContain(`its DPs trust the server key ${ours}, and this server has ${known}`);
  });

  it('does not start either when only the key of the tokens is another one', async () => {
    cpSync(join(folder, 'lost'), join(folder, 'half'), { recursive: true });
    rmSync(join(folder, 'half', 'keys', 'token.key'));
    const half = await start('half');
    expect(await half.ended).toBe(1);
    expect(half.said()).toContain('tokens of its clients come from the key');
  });
});

describe('DPs that trust another server key', () => {
  const since = new Date('2026-01-01T00:00:00Z');
  const keys = {} as never;

  it('are told of, whether or not it was noted which one they saw', () => {
    const pinned = new PinnedKeys({ signing: 'SHA256:new', first: 'SHA256:old', since });
    expect(pinned.alertsOf({ keys, serverKey: 'SHA256:new' })).toEqual([]);
    expect(pinned.alertsOf({ keys: null })).toEqual([]);
    const alert = {
      code: 'OTHER_SERVER_KEY',
      at: since.toISOString(),
      key: 'dpAlert.serverKey',
      params: { trusted: 'SHA256:old', signing: 'SHA256:new' },
    };
    expect(pinned.alertsOf({ keys })).toEqual([alert]);
    expect(pinned.alertsOf({ keys, serverKey: 'SHA256:old' })).toEqual([alert]);
    expect(new PinnedKeys({ signing: 'SHA256:old', first: 'SHA256:old', since }).alertsOf({ keys })).toEqual(
      [],
    );
  });
});
