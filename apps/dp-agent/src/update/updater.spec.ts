import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../../../tools/testing/eventually.js';
import { makeLog } from '../base/log.js';
import type { Launch } from './launch.js';
import { Updater } from './updater.js';
import { UpdateFailed } from './version-fetcher.js';
import { VersionsFolder } from './versions-folder.js';

const WANTED = { version: '0.3.0', downgrade: false };

let folder: string;
let versions: VersionsFolder;
let busy: number;
let brought: string[];
let bring: () => Promise<void>;
let switches: number;
let updater: Updater;

async function start(launch: Partial<Launch> = {}, running = '0.2.0'): Promise<void> {
  updater = new Updater({
    versions,
    fetcher: {
      bring: (version) => {
        brought.push(version);
        return bring();
      },
    },
    launch: { base: '0.2.0', trial: null, ...launch },
    running,
    busy: () => busy,
    log: makeLog(() => undefined),
    now: () => Date.now(),
    onNews: () => undefined,
    onSwitch: () => (switches += 1),
  });
  await updater.start();
}
const heard = (update: typeof WANTED | null | undefined = WANTED, max = 5): Promise<void> =>
  updater.heard({ orders: [], ...(update !== undefined && { update }) }, { max });
const settled = (state: string) => eventually(() => expect(updater.info?.state).toBe(state));
const marker = (name: string): string => readFileSync(join(folder, name), 'utf8').trim();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'versions-'));
  versions = new VersionsFolder(folder, '0.2.0');
  busy = 0;
  brought = [];
  bring = () => Promise.resolve();
  switches = 0;
});
afterEach(() => {
  updater.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('an agent of which another version is wanted', () => {
  it('takes no orders once it is there, and hands over when a poll that took none finds none under way', async () => {
    await start();
    busy = 1;
    await heard();
    expect(updater.takesOrders).toBe(true);
    await settled('waiting');
    await heard();
    expect(updater.takesOrders).toBe(false);
    await heard(WANTED, 0);
    expect(switches).toBe(0);
    busy = 0;
    // this answer was asked for with room for orders
    await heard(WANTED, 1);
    expect(switches).toBe(0);
    await heard(WANTED, 0);
    expect(switches).toBe(1);
    await updater.handOver();
    expect(marker('trial')).toBe('0.3.0 0.2.0');
    expect(brought).toEqual(['0.3.0']);
  });

  it('takes orders again when the wish is taken back while it waits', async () => {
    await start();
    await heard();
    await settled('waiting');
    await heard();
    await heard(null, 0);
    expect(updater.takesOrders).toBe(true);
    expect(updater.info).toBeUndefined();
  });

  it('says nothing of it to a gateway that has not spoken of it, or refuses what it says', async () => {
    await start();
    await heard();
    await settled('waiting');
    await heard();
    updater.refused(400, 'VALIDATION_FAILED');
    expect(updater.info).toBeUndefined();
    expect(updater.takesOrders).toBe(true);
  });

  it('tells why it failed, holds off, also after a restart, and tries at once when it is wanted anew', async () => {
    bring = () => Promise.reject(new UpdateFailed('DISK_FULL', 'no room'));
    await start();
    await heard();
    await settled('failed');
    await start();
    await heard();
    expect(updater.info).toMatchObject({ state: 'failed', code: 'DISK_FULL', text: 'no room' });
    expect(brought).toEqual(['0.3.0']);
    await heard(null);
    await heard();
    await eventually(() => expect(brought).toEqual(['0.3.0', '0.3.0']));
  });

  it('tells what the launcher has given up', async () => {
    writeFileSync(join(folder, 'rollback'), '0.3.0\nDID_NOT_START\nit ended with code 1\n');
    await start();
    await heard();
    expect(updater.info).toMatchObject({
      version: '0.3.0',
      state: 'failed',
      code: 'DID_NOT_START',
      text: 'it ended with code 1',
    });
    expect(brought).toEqual([]);
  });

  it('says that the launcher has not started what it was handed, and does not hand it over for ever', async () => {
    await versions.try('0.3.0');
    await start();
    await heard();
    expect(updater.info).toMatchObject({
      version: '0.3.0',
      state: 'failed',
      code: 'DID_NOT_START',
      text: expect.stringContaining('the launcher did not start it') as string,
    });
    expect(brought).toEqual([]);
    expect(existsSync(join(folder, 'handed'))).toBe(false);
    expect(existsSync(join(folder, 'trial'))).toBe(false);
  });

  it.each([
    ['runs', '0.3.0', () => versions.try('0.3.0')],
    [
      'was handed over before another one was installed',
      '0.2.0',
      () => {
        writeFileSync(join(folder, 'handed'), '0.3.0 0.1.0\n');
        return Promise.resolve();
      },
    ],
  ])('holds nothing against a version that %s', async (_, running, happens) => {
    await happens();
    await start({}, running);
    expect(await versions.failures()).toEqual({});
    expect(existsSync(join(folder, 'handed'))).toBe(false);
  });

  it('removes what nobody goes back to before it fetches, and then fetches what was ready before anew', async () => {
    await start({}, '0.2.5');
    writeFileSync(join(folder, 'current'), '0.2.5 0.2.0\n');
    for (const name of ['0.2.1', '0.2.5', '0.3.0']) mkdirSync(join(folder, name));
    await heard();
    await settled('waiting');
    expect(['0.2.1', '0.2.5', '0.3.0'].filter((name) => existsSync(join(folder, name)))).toEqual([
      '0.2.5',
      '0.3.0',
    ]);
    await heard({ version: '0.4.0', downgrade: false });
    await eventually(() => expect(updater.info).toMatchObject({ version: '0.4.0', state: 'waiting' }));
    expect(existsSync(join(folder, '0.3.0'))).toBe(false);
    await heard();
    await settled('waiting');
    expect(brought).toEqual(['0.3.0', '0.4.0', '0.3.0']);
  });

  it('forgets a version that goes beyond another one than is installed', async () => {
    writeFileSync(join(folder, 'current'), '0.3.0 0.1.0\n');
    mkdirSync(join(folder, '0.3.0'));
    await start();
    expect(existsSync(join(folder, 'current'))).toBe(false);
    expect(existsSync(join(folder, '0.3.0'))).toBe(false);
  });

  it('leaves the markers alone without a launcher', async () => {
    await versions.try('0.3.0');
    writeFileSync(join(folder, 'current'), '0.3.0 0.1.0\n');
    await start({ base: null });
    expect(marker('current')).toBe('0.3.0 0.1.0');
    expect(marker('trial')).toBe('0.3.0 0.2.0');
  });

  it('says that nobody would start another version', async () => {
    await start({ base: null });
    await heard();
    expect(updater.info).toMatchObject({ state: 'failed', code: 'NO_LAUNCHER' });
    expect(brought).toEqual([]);
  });
});

describe('a version on trial', () => {
  beforeEach(() => versions.try('0.3.0'));

  it('takes no orders until the gateway has answered, and is the one to run from then on', async () => {
    await start({ trial: 60 }, '0.3.0');
    expect(updater.takesOrders).toBe(false);
    await updater.prove();
    expect(updater.takesOrders).toBe(true);
    expect(marker('current')).toBe('0.3.0 0.2.0');
    for (const name of ['trial', 'handed']) expect(existsSync(join(folder, name))).toBe(false);
  });

  it('gives itself up when no poll is answered, and says what came instead', async () => {
    await start({ trial: 0.05 }, '0.3.0');
    updater.refused(undefined, 'status 502');
    await eventually(() => expect(switches).toBe(1));
    expect(marker('rollback').split('\n')).toEqual([
      '0.3.0',
      'NO_POLL',
      expect.stringContaining('status 502'),
    ]);
    expect(() => marker('trial')).toThrow('ENOENT');
  });
});
