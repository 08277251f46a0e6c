import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WireOrder } from '#contract';
import { eventually } from '../../../../../tools/testing/eventually.js';
import { StopControl, type StopReason } from '../../computer/method.js';
import { type CommandContext, CommandMethod } from './command-method.js';

const ORDER: WireOrder = {
  order: 'order-1',
  dp: 'dp-1',
  attempt: 1,
  fence: 1,
  leaseUntil: '2026-01-01T00:01:00.000Z',
  kind: 'install-client',
  computer: { name: 'PC-1', fqdn: null, address: null },
  release: null,
  accounts: [],
  registration: null,
  method: { kinds: ['command'], port: 22, hostKey: { policy: 'pin', known: null } },
  restart: 'never',
  deadline: '2026-01-01T01:00:00.000Z',
  verify: false,
};

describe('a command that is cancelled', () => {
  let folder: string;
  let attempt: string;
  let stop: StopControl;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'command-method-'));
    attempt = join(folder, 'attempts', 'order-1-1');
    stop = new StopControl();
  });
  afterEach(() => {
    for (const name of ['command', 'worker'])
      if (existsSync(join(folder, name)) && isRunning(pidOf(name))) process.kill(pidOf(name), 'SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  const pidOf = (name: string) => Number(readFileSync(join(folder, name), 'utf8'));
  const said = (name: string) => eventually(() => expect(pidOf(name)).toBeGreaterThan(1));
  /** Not one that only waits to be reaped. */
  const isRunning = (pid: number) =>
    existsSync(`/proc/${pid}/stat`) && !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));

  const carryOut = (does: string, changes: Partial<CommandContext> = {}) => {
    const program = join(folder, 'program');
    writeFileSync(program, `#!/bin/sh\ncd "${folder}"\n${does}\n`, { mode: 0o700 });
    return new CommandMethod(join(folder, 'attempts'), { run: [program] }).carryOut({
      order: ORDER,
      accounts: [],
      signal: stop.signal,
      fetchRelease: () => Promise.reject(new Error('there is none')),
      begun: () => Promise.resolve(),
      now: () => Date.parse(ORDER.leaseUntil),
      ...changes,
    });
  };
  const SAY = 'echo $$ > command';
  const DEAF = `sh -c 'trap "" TERM; echo $$ > worker; while :; do sleep 0.1; done'`;
  const stops = async (reason: StopReason, work: Promise<unknown>): Promise<void> => {
    await expect(work).rejects.toMatchObject({ reason });
  };

  it('while the journal is written does not start', async () => {
    const begun = () => Promise.resolve(stop.stop('cancel'));
    await stops('cancel', carryOut(`${SAY}; sleep 60`, { begun }));
    await aMoment();
    expect(existsSync(join(folder, 'command'))).toBe(false);
    expect(existsSync(attempt)).toBe(false);
  });

  it('before it has said its number leaves a word for it, with which it does not start', async () => {
    mkdirSync(attempt, { recursive: true });
    stop.stop('cancel');
    await stops('cancel', carryOut(SAY));
    expect(readdirSync(attempt)).toEqual(['ending']);

    // it comes that late
    rmSync(attempt, { recursive: true });
    stop = new StopControl();
    const begun = () => Promise.resolve(writeFileSync(join(`${attempt}.new`, 'ending'), ''));
    const follows = stops('ending', carryOut(SAY, { begun }));
    await eventually(() => expect(existsSync(join(attempt, 'pid'))).toBe(true));
    await aMoment();
    stop.stop('ending');
    await follows;
    expect(existsSync(join(folder, 'command'))).toBe(false);
  });

  it('and does not listen has ended when it is gone', async () => {
    const ending = stops('cancel', carryOut(`${SAY}; ${DEAF}`));
    await said('worker');
    stop.stop('cancel');
    await ending;
    expect([pidOf('command'), pidOf('worker')].filter(isRunning)).toEqual([]);
  });

  it('and ends at once, but not what it started, has ended when that is gone', async () => {
    const does = `trap 'exit 7' TERM; ${SAY}; ${DEAF} & while :; do sleep 0.1; done`;
    const ending = stops('cancel', carryOut(does));
    await said('worker');
    stop.stop('cancel');
    await ending;
    expect(isRunning(pidOf('worker'))).toBe(false);
  });

  it('and ends well while it is asked to counts', async () => {
    const does = `trap 'sleep 1; echo "{\\"result\\":\\"OK\\"}"; exit 0' TERM; ${SAY}; while :; do sleep 0.1; done`;
    const ending = carryOut(does);
    await said('command');
    stop.stop('cancel');
    expect(await ending).toMatchObject({ ending: { state: 'succeeded', result: 'OK' } });
  });

  it('is none once it has ended, whatever it left running', async () => {
    const does = `${DEAF} > /dev/null 2>&1 & while [ ! -s worker ]; do sleep 0.1; done; echo '{"result":"OK"}'`;
    expect(await carryOut(does)).toMatchObject({ ending: { state: 'succeeded', result: 'OK' } });
    expect(isRunning(pidOf('worker'))).toBe(true);
    expect(readdirSync(attempt)).not.toContain('ending');
  });

  it('by an agent that was killed then has not ended for the next one before all is gone', async () => {
    const does = `trap 'exit 7' TERM; ${SAY}; ${DEAF} & while :; do sleep 0.1; done`;
    const first = stops('ending', carryOut(does));
    await said('worker');
    stop.stop('ending');
    await first;
    writeFileSync(join(attempt, 'ending'), '');
    process.kill(-Number(readFileSync(join(attempt, 'pid'), 'utf8')), 'SIGTERM');
    await eventually(() => expect(readFileSync(join(attempt, 'rc'), 'utf8')).toBe('7\n'));
    stop = new StopControl();
    const second = stops('ending', carryOut(does));
    await aMoment();
    stop.stop('ending');
    await second;
  });
});

/** For what is not to happen. */
const aMoment = () => new Promise((resolve) => setTimeout(resolve, 500));
