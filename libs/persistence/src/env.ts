import { z } from 'zod';

/** What every program with a database reads from its environment. */
export const databaseEnv = {
  MONGODB_URI: z.string().regex(/^mongodb(\+srv)?:\/\//, 'must begin with mongodb://'),
  /** The database is the development stand-in, which lacks some of MongoDB. */
  MONGODB_STAND_IN: z
    .enum(['0', '1', 'true', 'false'])
    .default('0')
    .transform((text) => text === '1' || text === 'true'),
};
