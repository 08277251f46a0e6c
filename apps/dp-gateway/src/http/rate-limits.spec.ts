import { DomainError } from '#domain';
import { gatewayEnv } from '../env.js';
import { RateLimits, type Limited } from './rate-limits.js';
import { TryLater } from './try-later.js';

/** Seconds that a call has to wait; 0: it goes on. */
async function asked(limits: RateLimits, what: Limited, caller: string): Promise<number> {
  try {
    await limits.admit(what, caller);
    return 0;
  } catch (error) {
    if (!(error instanceof TryLater)) throw error;
    expect(error.code).toBe('RATE_LIMITED');
    return error.seconds ?? 0;
  }
}

describe('rate limits', () => {
  let limits: RateLimits;

  beforeEach(() => {
    jest.useFakeTimers({ now: Date.parse('2026-01-01T00:00:00Z') });
    limits = new RateLimits({
      POLL_RATE: 10,
      POLL_BURST: 20,
      REPORT_RATE: 100,
      ENROL_RATE: 30,
      ENROL_MOST: 1_200,
      INSTALL_RATE: 1_200,
      REGISTER_RATE: 600,
      CONTACT_RATE: 6_000,
    } as ReturnType<typeof gatewayEnv>);
  });
  afterEach(() => jest.useRealTimers());

  const letIn = async (what: Limited, calls: number, caller = 'berlin'): Promise<number> => {
    const waits = await Promise.all(Array.from({ length: calls }, () => asked(limits, what, caller)));
    return waits.filter((wait) => wait === 0).length;
  };

  it.each<[Limited, number]>([
    ['poll', 20],
    ['reports', 100],
    ['enrol', 1_200],
    ['install', 1_200],
    ['installFiles', 240],
    ['register', 600],
    ['contact', 6_000],
  ])('let so many through at once, as the protocol says: %s', async (what, most) => {
    expect(await letIn(what, most + 50)).toBe(most);
  });

  it('let the steady rate through for ever, and no more', async () => {
    let all = 0;
    for (let tenth = 0; tenth < 600; tenth += 1) {
      expect(await asked(limits, 'poll', 'steady')).toBe(0);
      all += await letIn('poll', 5);
      jest.advanceTimersByTime(100);
    }
    // a minute at ten a second, and what may come at once after a rest
    expect(all).toBeGreaterThanOrEqual(600);
    expect(all).toBeLessThanOrEqual(620);
  });

  it('say how long to wait, and hold to it', async () => {
    await letIn('register', 600, '192.0.2.1');
    expect(await asked(limits, 'register', '192.0.2.1')).toBe(60);
    jest.advanceTimersByTime(58_500);
    expect(await asked(limits, 'register', '192.0.2.1')).toBe(2);
    jest.advanceTimersByTime(1_500);
    expect(await asked(limits, 'register', '192.0.2.1')).toBe(0);
  });

  describe('of enrolments', () => {
    const refusal = () => Promise.reject(new DomainError('UNAUTHENTICATED', 'dp.joinTokenInvalid'));

    /** What became of an enrolment: it was taken, refused, or has to wait so many seconds. */
    const enrol = (work: () => Promise<unknown>, address = '192.0.2.1'): Promise<unknown> =>
      limits.admitEnrolment(address, work).then(
        () => 'taken',
        (error: unknown) => (error instanceof TryLater ? error.seconds : 'refused'),
      );

    it('count those that are refused, and let the others of the address pass until there are too many of them', async () => {
      for (let i = 0; i < 200; i += 1) expect(await enrol(() => Promise.resolve())).toBe('taken');
      for (let i = 0; i < 30; i += 1) expect(await enrol(refusal)).toBe('refused');
      expect(await enrol(refusal)).toBe(60);
      expect(await enrol(() => Promise.resolve())).toBe(60);
      expect(await enrol(() => Promise.resolve(), '192.0.2.2')).toBe('taken');
      jest.advanceTimersByTime(60_000);
      expect(await enrol(() => Promise.resolve())).toBe('taken');
    });

    it('let nobody guess more often by guessing at once', async () => {
      const answers = await Promise.all(Array.from({ length: 100 }, () => enrol(refusal)));
      expect(answers.filter((answer) => answer === 'refused')).toHaveLength(30);
      expect(new Set(answers)).toEqual(new Set(['refused', 1]));
    });

    it('do not count names that are taken: who hears that has the right key', async () => {
      const taken = () => Promise.reject(new DomainError('UNAUTHENTICATED', 'dp.joinKeyTaken', { dp: 'a' }));
      for (let i = 0; i < 40; i += 1) expect(await enrol(taken)).toBe('refused');
      expect(await enrol(() => Promise.resolve())).toBe('taken');
    });

    it('do not count what could not be asked', async () => {
      const away = () => Promise.reject(new TryLater('UNAVAILABLE', { key: 'gateway.tokenMissing' }, 7));
      for (let i = 0; i < 40; i += 1) expect(await enrol(away)).toBe(7);
      expect(await enrol(() => Promise.resolve())).toBe('taken');
    });
  });

  it('keep callers apart, and what they do', async () => {
    await letIn('poll', 30, 'a');
    expect(await asked(limits, 'poll', 'a')).toBe(2);
    expect(await asked(limits, 'poll', 'b')).toBe(0);
    expect(await asked(limits, 'reports', 'a')).toBe(0);
  });

  it('forget callers when their time is over', async () => {
    for (let caller = 0; caller < 1_000; caller += 1) await limits.admit('contact', `198.51.100.${caller}`);
    expect(jest.getTimerCount()).toBe(1_000);
    jest.advanceTimersByTime(60_000);
    expect(jest.getTimerCount()).toBe(0);
  });
});
