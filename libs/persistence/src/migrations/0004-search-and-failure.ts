import type { mongo } from 'mongoose';
import { hostNameFrom } from '#domain';
import { wordsOf } from '../computer.repository.js';
import type { Stored } from '../versioned-collection.js';
import { eachBatch, type Change } from './each-batch.js';
import type { Migration } from './migration.js';

/** What is read of a computer: not its entries and messages. */
const READ = Object.fromEntries(
  [
    'name',
    'hostName',
    'fqdn',
    'address',
    'identity',
    'inventory',
    'revision',
    'state',
    'words',
    'failure',
    'lastOrder',
    'alerts.code',
  ].map((name) => [name, 1 as const]),
);

/** What counts here of a computer. */
type Known = Omit<Parameters<typeof wordsOf>[0], 'hostName'> & {
  _id: string;
  /** Servers of the version before leave it out of computers that they make. */
  hostName?: string;
  identity: string | null;
  revision: number;
  state: string;
  words?: string;
  failure?: string;
  lastOrder: string | null;
  alerts: readonly { code: string }[];
};

/**
 * A search for any words looks through operating system, description and OU of computers as well as names, and computers whose
 * installation failed know with what. What a server changes meanwhile it writes with both; what one of the version before makes
 * is found by these only when it is written again, by its name at once.
 *
 * Computers that get something have a new revision, so that a program of the version before that has read them does not write them
 * back without it.
 */
export const searchAndFailure: Migration = {
  name: '0004-search-and-failure',
  needs: '0003-whole-host-names',
  up: async ({ db }) => {
    const orders = db.collection<Stored>('orders');
    const decide = async (batch: readonly Known[]): Promise<Change[]> => {
      const failures = await failuresOf(orders, batch);
      return batch.flatMap((one) => {
        const words = wordsOf({ ...one, hostName: one.hostName ?? hostNameFrom(one) });
        const failure = one.failure ?? failures.get(one._id);
        if (words === one.words && failure === one.failure) return [];
        const { _id, revision } = one;
        const set = { words, ...(failure && { failure }), revision: revision + 1 };
        return [{ filter: { _id, revision }, update: { $set: set } }];
      });
    };
    await eachBatch(db.collection<Stored>('computers'), {}, decide, { projection: READ });
  },
};

/** By the computers: what their last orders failed with, or that their clients did not register. */
async function failuresOf(
  orders: mongo.Collection<Stored>,
  computers: readonly Known[],
): Promise<Map<string, string>> {
  const failed = computers.filter(
    ({ state, failure }) => state === 'install-failed' && failure === undefined,
  );
  const ids = failed.flatMap(({ lastOrder }) => lastOrder ?? []);
  const found =
    ids.length === 0
      ? []
      : await orders.find({ _id: { $in: ids } }, { projection: { 'failure.code': 1 } }).toArray();
  const codes = new Map(found.map(({ _id, failure }) => [_id, (failure as { code?: string } | null)?.code]));
  return new Map(
    failed.flatMap(({ _id, lastOrder, alerts }): [string, string][] => {
      const isSilent = alerts.some(({ code }) => code === 'REGISTER_TIMEOUT');
      const code = isSilent ? 'REGISTER_TIMEOUT' : codes.get(lastOrder ?? '');
      return code === undefined ? [] : [[_id, code]];
    }),
  );
}
