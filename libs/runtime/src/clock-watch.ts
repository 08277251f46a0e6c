import { clockJump } from './steady-clock.js';

const POLL_INTERVAL_MS = 10_000;

interface ClockLog {
  error: (text: string) => void;
  log: (text: string) => void;
}

/** Says when the machine's clock has jumped, and when it is back; until the program ends. */
export function watchClock(
  log: ClockLog,
  jumpOf: () => number = clockJump,
  every = POLL_INTERVAL_MS,
): NodeJS.Timeout {
  let said = 0;
  const look = (): void => {
    const jump = jumpOf();
    if (Math.abs(jump - said) < 2) return;
    said = jump;
    if (jump === 0) log.log('the clock of this machine is back where it was');
    else {
      log.error(
        `the clock of this machine has jumped ${Math.abs(jump)} s ${jump > 0 ? 'ahead' : 'back'}; this program goes on by the ` +
          'time as it was before. Set the clock right; if it is right now, restart the program',
      );
    }
  };
  return setInterval(look, every).unref();
}
