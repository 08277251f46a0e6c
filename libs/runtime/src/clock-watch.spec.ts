import { eventually } from '../../../tools/testing/eventually.js';
import { watchClock } from './clock-watch.js';

it('a clock that jumps is told of once, and once more when it is back', async () => {
  let jump = 0;
  let looks = 0;
  const lines: string[] = [];
  const say = (text: string): number => lines.push(text);
  const looked = async (): Promise<void> => {
    const before = looks;
    await eventually(() => expect(looks).toBeGreaterThan(before + 3));
  };
  const watch = watchClock(
    { error: say, log: say },
    () => {
      looks += 1;
      return jump;
    },
    5,
  );
  try {
    await looked();
    jump = -3600;
    await looked();
    jump = 0;
    await looked();
  } finally {
    clearInterval(watch);
  }
  expect(lines).toEqual([expect.stringContaining('jumped 3600 s back'), expect.stringContaining('is back')]);
});
