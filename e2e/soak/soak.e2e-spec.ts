import { soak, type SoakOptions } from './soak.js';
import { expectServerErrors } from '../../tools/testing/server-errors.js';

// whatever is killed just now
expectServerErrors(503);

const number = (name: string, otherwise: number): number => Number(process.env[name] ?? otherwise);

/**
 * Two minutes in `npm test`; `npm run soak` takes thirty, with 2,000 orders. DPs written from the protocol page alone work
 * while the programs, the broker and the database are killed in turn.
 */
describe('cuts without end', () => {
  const options: SoakOptions = {
    minutes: number('SOAK_MINUTES', 2),
    orders: number('SOAK_ORDERS', 100),
    sites: number('SOAK_SITES', 5),
    every: number('SOAK_EVERY', 20),
    say: (line) => process.stderr.write(`soak: ${line}\n`),
  };

  it(
    'leave every order executed once for each attempt, ended, told in order, and no message over',
    async () => {
      expect(await soak(options)).toEqual([]);
    },
    options.minutes * 60_000 + 30 * 60_000,
  );
});
