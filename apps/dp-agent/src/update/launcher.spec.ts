import { execFile, spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { eventually } from '../../../../tools/testing/eventually.js';

// The launcher as it is, with programs that are none in the place of Node.

let folder: string;
let state: string;
let versions: string;

/** A version whose "Node" does as told, once it was asked whether it starts. */
function version(place: string, name: string, does: string, help = 'exit 0'): void {
  mkdirSync(join(place, 'bin'), { recursive: true });
  writeFileSync(join(place, 'VERSION'), `${name}\n`);
  writeFileSync(
    join(place, 'bin/node'),
    `#!/bin/sh\ncase $2 in help) ${help} ;; esac\nstate=${state} versions=${versions}\necho "${name} trial=$RELAYPOINT_DP_TRIAL" >> ${folder}/starts\n${does}\n`,
  );
  chmodSync(join(place, 'bin/node'), 0o755);
}
const mark = (name: string, text: string): void => writeFileSync(join(versions, name), `${text}\n`);
const read = (path: string): string => readFileSync(path, 'utf8').trim();
const starts = (): string[] => read(join(folder, 'starts')).split('\n');

const launch = (...args: string[]): Promise<number> =>
  new Promise((done) => {
    const env = { ...process.env, RELAYPOINT_DP_TRIAL_SECONDS: '2' };
    execFile(join(folder, 'base/bin/relaypoint-dp'), [...args, '--state', state], { env }, (error) =>
      done(typeof error?.code === 'number' ? error.code : 0),
    );
  });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'launcher-'));
  state = join(folder, 'state');
  versions = join(state, 'versions');
  mkdirSync(versions, { recursive: true });
  version(join(folder, 'base'), '0.2.0', 'exit 7');
  cpSync(resolve('apps/dp-agent/install/relaypoint-dp'), join(folder, 'base/bin/relaypoint-dp'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the launcher of the agent', () => {
  it('starts the installed version, and ends as that one ends', async () => {
    expect(await launch('run')).toBe(7);
    expect(starts()).toEqual(['0.2.0 trial=']);
  });

  it('starts the version that the agent has brought itself to, for every command', async () => {
    version(join(versions, '0.3.0'), '0.3.0', 'exit 5');
    mark('current', '0.3.0 0.2.0');
    expect(await launch('run')).toBe(5);
    expect(await launch('status')).toBe(5);
  });

  it.each([
    ['another version was installed since', '0.3.0 0.1.0'],
    ['it is not there', '0.4.0 0.2.0'],
    ['the marker is broken', '0.3'],
  ])('starts the installed version when %s', async (_, text) => {
    version(join(versions, '0.3.0'), '0.3.0', 'exit 5');
    mark('current', text);
    expect(await launch('run')).toBe(7);
  });

  it('starts the installed version when the other one does not start any more, which is to be fetched anew', async () => {
    version(join(versions, '0.3.0'), '0.3.0', 'exit 1', 'exit 1');
    writeFileSync(join(versions, '0.3.0/.sha256'), 'abc\n');
    mark('current', '0.3.0 0.2.0');
    expect(await launch('run')).toBe(7);
    expect(starts()).toEqual(['0.2.0 trial=']);
    expect(read(join(versions, 'rollback'))).toMatch(/^0\.3\.0\nDID_NOT_START\nit does not start any more/);
    expect(existsSync(join(versions, 'current'))).toBe(false);
    expect(existsSync(join(versions, '0.3.0/.sha256'))).toBe(false);
  });

  it('gives a version up that ends before it has proved itself, says why, and goes on with the one before', async () => {
    version(join(versions, '0.3.0'), '0.3.0', 'exit 1');
    mark('trial', '0.3.0 0.2.0');
    expect(await launch('run')).toBe(7);
    expect(starts()).toEqual(['0.3.0 trial=2', '0.2.0 trial=']);
    expect(read(join(versions, 'rollback')).split('\n')).toEqual([
      '0.3.0',
      'DID_NOT_START',
      expect.stringContaining('code 1'),
    ]);
    expect(existsSync(join(versions, 'trial'))).toBe(false);
  });

  it('leaves the reason that a version gives itself', async () => {
    version(
      join(versions, '0.3.0'),
      '0.3.0',
      `printf '0.3.0\\nNO_POLL\\nno answer\\n' > $versions/rollback; rm $versions/trial; exit 75`,
    );
    mark('trial', '0.3.0 0.2.0');
    expect(await launch('run')).toBe(7);
    expect(read(join(versions, 'rollback'))).toBe('0.3.0\nNO_POLL\nno answer');
  });

  it('ends a version that hangs', async () => {
    version(join(versions, '0.3.0'), '0.3.0', 'exec sleep 60');
    mark('trial', '0.3.0 0.2.0');
    expect(await launch('run')).toBe(7);
    expect(read(join(versions, 'rollback'))).toContain('code 137');
  });

  it('gives a version up whose machine went down with it time and again', async () => {
    version(join(versions, '0.3.0'), '0.3.0', 'exit 1');
    mark('trial', '0.3.0 0.2.0');
    mark('tries', '3');
    expect(await launch('run')).toBe(7);
    expect(starts()).toEqual(['0.2.0 trial=']);
    expect(read(join(versions, 'rollback'))).toContain('started 3 times');
  });

  it('goes from one version to the next without ending', async () => {
    version(
      join(folder, 'base'),
      '0.2.0',
      `[ -e $state/once ] && exit 7; touch $state/once; echo 0.3.0 0.2.0 > $versions/trial; exit 75`,
    );
    version(
      join(versions, '0.3.0'),
      '0.3.0',
      `[ -z "$RELAYPOINT_DP_TRIAL" ] || { echo 0.3.0 0.2.0 > $versions/current; rm $versions/trial $versions/tries; exit 75; }; exit 3`,
    );
    expect(await launch('run')).toBe(3);
    expect(starts()).toEqual(['0.2.0 trial=', '0.3.0 trial=2', '0.3.0 trial=']);
  });

  it('takes a version that has proved itself for one that may hand over to the next', async () => {
    const prove = 'echo 0.3.0 0.2.0 > $versions/current; rm $versions/trial $versions/tries';
    version(
      join(versions, '0.3.0'),
      '0.3.0',
      `[ -e $state/once ] && exit 3; touch $state/once; ${prove}; echo 0.4.0 0.2.0 > $versions/trial; exit 75`,
    );
    version(join(versions, '0.4.0'), '0.4.0', 'exit 1');
    mark('trial', '0.3.0 0.2.0');
    expect(await launch('run')).toBe(3);
    expect(starts()).toEqual(['0.3.0 trial=2', '0.4.0 trial=2', '0.3.0 trial=']);
    expect(read(join(versions, 'rollback'))).toContain('0.4.0\nDID_NOT_START');
  });

  it('hands the end on, and leaves a trial that was ended from outside for the next start', async () => {
    version(
      join(versions, '0.3.0'),
      '0.3.0',
      `trap 'exit 0' TERM; touch $state/there; while :; do sleep 0.1; done`,
    );
    mark('trial', '0.3.0 0.2.0');
    const child = spawn(join(folder, 'base/bin/relaypoint-dp'), ['run', '--state', state]);
    const ended = new Promise((done) => child.once('close', done));
    await eventually(() => expect(existsSync(join(state, 'there'))).toBe(true));
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(read(join(versions, 'trial'))).toBe('0.3.0 0.2.0');
    expect(read(join(versions, 'tries'))).toBe('1');
    expect(existsSync(join(versions, 'rollback'))).toBe(false);
  });
});
