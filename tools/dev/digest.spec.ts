import { Digest } from './digest.ts';
import { parseLine, textOf } from './log-lines.ts';

const ORDER = '0198c0de-0000-7000-8000-00000000a1b2';
const COMPUTER = '0198c0de-0000-7000-8000-00000000c3d4';

describe('the digest of npm start', () => {
  const line = (name: string, msg: string, facts: object = {}, level = 'info'): string =>
    JSON.stringify({ level, time: '2026-01-01T00:00:00.000Z', pid: 1, hostname: 'h', name, msg, ...facts });
  const told = (lines: readonly string[], isQuiet = false): (string | undefined)[] => {
    const digest = new Digest();
    return lines.map((text) => digest.of(text, isQuiet));
  };

  it('tells the way of an order, by the name of its computer as soon as somebody has said it', () => {
    expect(
      told([
        line('server', 'order queued', { order: ORDER, computer: COMPUTER, dp: 'berlin' }),
        line('dp-gateway', 'order handed over', { order: ORDER, computer: 'PC-1', dp: 'berlin' }),
        line('server', 'order leased', { order: ORDER, computer: COMPUTER, dp: 'berlin' }),
        line('dp-agent', 'order accepted', { order: ORDER, computer: 'PC-1', attempt: 1 }),
        line('dp-agent', 'order progress', { order: ORDER, computer: 'PC-1', phase: 'install' }),
        line('server', 'client registered', { order: ORDER, computer: COMPUTER, state: 'pending-restart' }),
        line('server', 'order succeeded', { order: ORDER, computer: COMPUTER, result: 'OK' }),
        line('server', 'client contact', { computer: COMPUTER, state: 'ready' }),
      ]),
    ).toEqual([
      'order …00a1b2 waits on the queue of DP berlin',
      'order …00a1b2 for PC-1 handed to DP berlin',
      undefined,
      'order …00a1b2 for PC-1 accepted, work begins',
      undefined,
      'PC-1 has registered: pending-restart',
      'order …00a1b2 for PC-1 succeeded (OK)',
      'PC-1 is ready',
    ]);
  });

  it('tells what is wrong with everything that is said of it', () => {
    expect(
      told([
        line('server', 'order failed', { order: ORDER, code: 'NOT_ADMIN', dp: 'berlin' }),
        line('dp-gateway', 'no broker', { code: 7 }, 'error'),
        line('dp-agent', 'gateway away', { reason: 'status 503' }, 'warn'),
      ]),
    ).toEqual([
      'order …00a1b2 FAILED: NOT_ADMIN',
      'ERROR no broker code=7',
      'WARN gateway away reason=status 503',
    ]);
  });

  it('leaves out what is ordinary, and shows what is no line of ours', () => {
    expect(
      told([
        line('server', 'Mapped {/x, GET} route', { context: 'RouterExplorer' }),
        line('server', 'request completed', { responseTime: 3 }),
        line('server', 'order queued', { order: ORDER, dp: 'b' }, 'debug'),
        line('importer', 'import r1: reading done, 5 rows, 12 ms'),
        'Error: a stack',
        '{broken',
        '{"not":"a log line"}',
      ]),
    ).toEqual([
      undefined,
      undefined,
      undefined,
      'import r1: reading done, 5 rows, 12 ms',
      'Error: a stack',
      '{broken',
      '{"not":"a log line"}',
    ]);
  });

  it('can be of what is wrong alone, and learns the names all the same', () => {
    const digest = new Digest();
    const handed = line('dp-gateway', 'order handed over', { order: ORDER, computer: 'PC-1', dp: 'berlin' });
    expect(digest.of(handed, true)).toBeUndefined();
    expect(digest.of(line('server', 'late', { dp: 'b' }, 'warn'), true)).toBe('WARN late dp=b');
    expect(digest.of(line('server', 'order expired', { order: ORDER }), false)).toBe(
      'order …00a1b2 for PC-1 has expired',
    );
  });
});

describe('a whole line for people', () => {
  it.each([
    [
      '{"level":"info","time":"t","msg":"order leased","order":"o1","list":[1]}',
      'order leased order=o1 list=[1]',
    ],
    ['{"level":"fatal","msg":"gone"}', 'FATAL gone'],
  ])('%s is %s', (text, shown) => {
    const line = parseLine(text);
    expect(line && textOf(line)).toBe(shown);
  });
});
