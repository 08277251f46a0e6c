import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startFleet, type Fleet } from '../tools/fleet/fleet.ts';
import { eventually } from '../tools/testing/eventually.js';
import { Stack } from './support/stack.js';

const SCRIPT = join(__dirname, '..', 'dist/apps/cli/src/main.js');
const MINUTES = 60_000;

interface Ended {
  code: number | null;
  out: string;
  err: string;
}

/** The command against the whole product, whose DPs and computers are simulated. */
describe('relaypoint rollout', () => {
  let stack: Stack;
  let good: Fleet;
  let bad: Fleet;

  beforeAll(async () => {
    stack = await Stack.start();
    [good, bad] = await Promise.all([fleet('good', 0), fleet('bad', 100)]);
  }, 3 * MINUTES);

  afterAll(async () => {
    await Promise.all([good?.stop(), bad?.stop()]);
    await stack?.stop();
  }, MINUTES);

  const fleet = (prefix: string, fail: number): Promise<Fleet> =>
    startFleet(
      {
        server: stack.serverUrls[0] ?? '',
        token: stack.token,
        prefix,
        version: `${prefix}-1`,
        dps: 1,
        computers: 12,
        fail,
        failCodes: ['INSTALLER_FAILED'],
        off: 0,
        silent: 0,
        unregistered: 0,
        restart: 0,
        seconds: 0.2,
        capacity: 10,
        restarts: 0,
        for: 0,
      },
      () => undefined,
    );

  const start = (...args: string[]) => {
    const child = spawn(process.execPath, [SCRIPT, 'rollout', ...args], {
      cwd: stack.folder,
      env: {
        PATH: process.env['PATH'] ?? '',
        RELAYPOINT_URL: stack.serverUrls[0] ?? '',
        RELAYPOINT_TOKEN: stack.token,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended: Ended = { code: null, out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (ended.out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (ended.err += text));
    return {
      child,
      ended: once(child, 'close').then(([code]) => ({ ...ended, code: code as number | null })),
    };
  };
  const run = (...args: string[]): Promise<Ended> => start(...args).ended;

  it(
    'starts one, stops with it, and says why and what to do, by an exit code as well',
    async () => {
      const which = ['--import', bad.import, '--release', 'bad-1', '--wave', '4'];
      const plan = await run('plan', ...which);
      expect([plan.code, plan.out]).toEqual([0, expect.stringContaining('  waves: 4, 8\n')]);

      const how = ['--settle', '0', '--stop-count', '3', '--stop-minimum', '3'];
      const stopped = await run('start', 'Bad one', ...which, ...how, '--wait');
      expect([stopped.code, stopped.err]).toEqual([3, '']);
      expect(stopped.out).toMatch(/"Bad one": paused\n/);
      expect(stopped.out).toMatch(
        /× INSTALLER_FAILED \(install\): [\s\S]*\| .*Fatal error during installation/,
      );
      expect(stopped.out).toMatch(/wave 2 of 8: waits\n/);
      expect(stopped.out).toMatch(/To go on: relaypoint rollout resume \S+;/);
      expect((await run('show', 'Bad one')).code).toBe(3);

      expect((await run('skip', 'Bad one', '--wave', '2')).out).toBe('8 left out\n');
      expect(await run('abort', 'Bad one')).toMatchObject({ code: 1, err: expect.stringContaining('--yes') });
      const aborted = await run('abort', 'Bad one', '--yes', '--note', 'a bad package', '--json');
      expect(aborted.code).toBe(0);
      expect(JSON.parse(aborted.out)).toMatchObject({ cause: { note: 'a bad package' } });
      await eventually(
        async () => expect((await run('show', 'Bad one')).out).toContain('Bad one": aborted'),
        {
          timeoutMs: 30_000,
        },
      );

      expect((await run('report', 'Bad one', 'report.csv')).code).toBe(0);
      const lines = readFileSync(join(stack.folder, 'report.csv'), 'utf8').trim().split('\r\n');
      expect(lines).toHaveLength(13);
      expect((await run('report', 'Bad one')).out.trim().split('\r\n')).toEqual(lines);
    },
    2 * MINUTES,
  );

  it(
    'waits for a person between waves, goes on at their word, and ends well',
    async () => {
      const which = [
        '--import',
        good.import,
        '--release',
        'good-1',
        '--wave',
        '2',
        '--person',
        '--settle',
        '0',
      ];
      const waiting = await run('start', 'Good one', ...which, '--wait');
      expect([waiting.code, waiting.out]).toEqual([3, expect.stringContaining('relaypoint rollout next')]);
      expect((await run('pause', 'Good one', '--note', 'lunch')).out).toContain('note: lunch');
      expect((await run('resume', 'Good one')).code).toBe(0);
      const finished = await run('next', 'Good one', '--wait', '--json');
      expect(finished.code).toBe(0);
      expect(JSON.parse(finished.out)).toMatchObject({ state: 'finished', counts: { good: 12, bad: 0 } });
      expect((await run('list', '--in', 'finished')).out).toMatch(
        /finished {3}Good one +12 good, 0 failed of 12\n/,
      );
    },
    2 * MINUTES,
  );

  it(
    'goes on without the command when that is interrupted, and tries again what failed',
    async () => {
      const { child, ended } = start('retry', 'Bad one', '--name', 'Again', '--wait');
      await eventually(async () => expect((await run('list')).out).toContain('Again'));
      child.kill('SIGINT');
      const { code, err, out } = await ended;
      // it may have stopped before that
      if (out !== '') expect(out).toContain('"Again": paused');
      else expect([code, err]).toEqual([130, expect.stringContaining('relaypoint rollout show')]);
    },
    MINUTES,
  );

  it(
    'says what is wrong in a line, and ends with 1',
    async () => {
      const cases = [
        [['show', 'Nothing'], 'There is no rollout "Nothing".'],
        [['start', 'X', '--computer', 'NOBODY'], 'There is no computer "NOBODY".'],
        [['resume', 'Good one'], 'relaypoint: '],
        [['show', 'Good one', '--token', 'rlp_wrong'], 'relaypoint: '],
        [['start', 'X'], '--help tells more'],
      ] as const;
      for (const [args, said] of cases)
        expect(await run(...args)).toEqual({ code: 1, out: '', err: expect.stringContaining(said) });
      expect(await run('--help')).toMatchObject({
        code: 0,
        out: expect.stringContaining('Exit code: 0 done'),
      });
    },
    MINUTES,
  );
});
