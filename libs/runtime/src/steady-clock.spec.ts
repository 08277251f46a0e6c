import { sinceBoot, SteadyClock } from './steady-clock.js';

const HOUR = 3_600_000;

describe('the steady clock', () => {
  let wall: number;
  let passed: number;
  let clock: SteadyClock;

  beforeEach(() => {
    wall = Date.parse('2026-11-23T10:00:00Z');
    passed = 5_000;
    clock = new SteadyClock(
      () => wall,
      () => passed,
    );
    clock.now();
  });
  const live = (milliseconds: number): void => {
    wall += milliseconds;
    passed += milliseconds;
  };

  it('shows what the machine shows', () => {
    live(90_000);
    expect(clock.now()).toBe(wall);
    expect(clock.jump()).toBe(0);
  });

  it.each([HOUR, -HOUR])('goes on as it went when the machine’s clock jumps by %i ms', (jump) => {
    const before = clock.now();
    wall += jump;
    live(2_000);
    expect(clock.now()).toBe(before + 2_000);
    expect(clock.jump()).toBe(jump);
  });

  it('is back with the machine’s clock when that has jumped back', () => {
    wall += HOUR;
    clock.now();
    wall -= HOUR;
    live(1_000);
    expect(clock.now()).toBe(wall);
    expect(clock.jump()).toBe(0);
  });

  it('follows small steps, however many there are', () => {
    for (let step = 0; step < 100; step += 1) {
      wall += 5_000;
      live(60_000);
      expect(clock.now()).toBe(wall);
    }
  });

  it('counts the time that the machine slept', () => {
    live(8 * HOUR);
    expect(clock.now()).toBe(wall);
  });
});

describe('the time since the machine was started', () => {
  it('is asked of the system ten times a second at most, and goes on in between', () => {
    let awake = 0;
    const system = jest.fn(() => 50_000 + awake);
    const passed = sinceBoot(system, () => awake);
    for (; awake <= 1_000; awake += 5) expect(passed(false)).toBe(50_000 + awake);
    expect(system.mock.calls.length).toBeLessThanOrEqual(11);
  });

  it('counts sleep, as the system does, with the next question', () => {
    let awake = 0;
    let slept = 0;
    const passed = sinceBoot(
      () => awake + slept,
      () => awake,
    );
    passed(false);
    slept = HOUR;
    awake += 101;
    expect(passed(false)).toBe(HOUR + 101);
  });

  it('counts sleep at once where a clock would take it for a jump', () => {
    let awake = 0;
    let slept = 0;
    const passed = sinceBoot(
      () => awake + slept,
      () => awake,
    );
    const clock = new SteadyClock(() => awake + slept, passed);
    clock.now();
    slept = HOUR;
    awake += 1;
    expect(clock.now()).toBe(HOUR + 1);
    expect(clock.jump()).toBe(0);
  });
});
