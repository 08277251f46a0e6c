import { uptime } from 'node:os';

/** Steps of the machine's clock up to this are followed, in milliseconds: time servers set it right by little. */
const FOLLOWED_MS = 10_000;
/** Milliseconds for which the system's answer is carried on: asking it anew for each request costs more than the request. */
const ASK_SYSTEM_EVERY_MS = 100;

/**
 * The time by which deadlines are set and judged. It goes on as it went when the machine's clock jumps: an hour that
 * nobody lived through must end no waiting, and make no lease an hour longer. Steps of a few seconds are followed.
 *
 * What has really passed is told by the time since the machine was started, which on Linux counts its sleep as well.
 */
export class SteadyClock {
  /** The machine's clock when it was started, as far as it is believed; known with the first look. */
  private startedAt: number | undefined;

  /**
   * @param wall milliseconds since 1970, as the machine shows them
   * @param passed milliseconds since any moment in the past; never jumps. Asked for them as they are right now, before a jump
   * of the machine's clock is believed
   */
  constructor(
    private readonly wall: () => number = () => Date.now(),
    private readonly passed: (rightNow: boolean) => number = sinceBoot(),
  ) {}

  /** Milliseconds since 1970. */
  now(): number {
    const shown = this.wall();
    let passed = this.passed(false);
    const { startedAt = shown - passed } = this;
    const hasJumped = (): boolean => Math.abs(shown - passed - startedAt) > FOLLOWED_MS;
    if (hasJumped()) passed = this.passed(true);
    if (hasJumped()) return Math.round(passed + startedAt);
    this.startedAt = shown - passed;
    return shown;
  }

  /** Milliseconds by which the machine's clock has jumped ahead, or back when negative; 0: it has not. */
  jump(): number {
    const now = this.now();
    const off = this.wall() - now;
    return Math.abs(off) > FOLLOWED_MS / 2 ? off : 0;
  }
}

/**
 * Milliseconds since the machine was started. Between two looks at the system's own count, whose steps are of 10 ms, they
 * are counted by a clock that stands still while the machine sleeps.
 */
export function sinceBoot(
  system: () => number = () => uptime() * 1000,
  awake: () => number = () => performance.now(),
): (rightNow: boolean) => number {
  let counted = 0;
  let askedAt = -Infinity;
  return (rightNow) => {
    const now = awake();
    if (rightNow || now - askedAt > ASK_SYSTEM_EVERY_MS) {
      counted = system();
      askedAt = now;
    }
    return counted + now - askedAt;
  };
}

const clock = new SteadyClock();

/** The time by {@link SteadyClock}: one for the whole program. */
export function currentTime(): Date {
  return new Date(clock.now());
}

/** By how many seconds the machine's clock has jumped since the program began; 0: it has not. */
export function clockJump(): number {
  return Math.round(clock.jump() / 1000);
}
