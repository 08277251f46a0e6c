import type { mongo } from 'mongoose';
import { hostNameFrom } from '#domain';
import { wordsOf } from '../computer.repository.js';
import type { Stored } from '../versioned-collection.js';
import type { Migration } from './migration.js';

/** Documents changed at a time. */
const BATCH = 500;

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
  ].map((name) => [name, 1]),
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
 */
export const searchAndFailure: Migration = {
  name: '0004-search-and-failure',
  needs: '0003-whole-host-names',
  up: async ({ db }) => {
    const computers = db.collection<Stored>('computers');
    const orders = db.collection<Stored>('orders');
    let batch: Known[] = [];
    const write = async (): Promise<void> => {
      const failures = await failuresOf(orders, batch);
      const writes = batch.flatMap((one) => {
        const words = wordsOf({ ...one, hostName: one.hostName ?? hostNameFrom(one) });
        const failure = one.failure ?? failures.get(one._id);
        if (words === one.words && failure === one.failure) return [];
        const filter = { _id: one._id, revision: one.revision };
        return [{ updateOne: { filter, update: { $set: { words, ...(failure && { failure }) } } } }];
      });
      if (writes.length > 0) await computers.bulkWrite(writes, { ordered: false });
      batch = [];
    };
    for await (const one of computers.find<Known>({}, { projection: READ })) {
      batch.push(one);
      if (batch.length >= BATCH) await write();
    }
    await write();
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
