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
 * installation failed know with what. What a server of this version changes meanwhile it writes with both; what one of the version
 * before makes or changes lacks them, or has them as they were, and is found by its name at once (`q`), by these when this has been
 * made again.
 *
 * Computers that get something have a new revision, so that a program of the version before that has read them does not write them
 * back without it.
 */
export const searchAndFailure: Migration = {
  name: '0004-search-and-failure',
  needs: '0003-whole-host-names',
  isRepeated: true,
  up: async ({ db, signal }) => {
    const orders = db.collection<Stored>('orders');
    const decide = async (batch: readonly Known[]): Promise<Change[]> => {
      const failures = await failuresOf(orders, batch);
      return batch.flatMap((one) => {
        const words = wordsOf({ ...one, hostName: one.hostName ?? hostNameFrom(one) });
        const failure = failures.get(one._id) ?? one.failure;
        if (words === one.words && failure === one.failure) return [];
        const { _id, revision } = one;
        const set = { words, ...(failure && { failure }), revision: revision + 1 };
        return [{ filter: { _id, revision }, update: { $set: set } }];
      });
    };
    await eachBatch(db.collection<Stored>('computers'), {}, decide, { projection: READ, signal });
  },
};

/** By the computers: what their last orders failed with, or that their clients did not register. */
async function failuresOf(
  orders: mongo.Collection<Stored>,
  computers: readonly Known[],
): Promise<Map<string, string>> {
  const failed = computers.filter(({ state }) => state === 'install-failed');
  const ids = failed.flatMap(({ lastOrder }) => lastOrder ?? []);
  const found =
    ids.length === 0
      ? []
      : await orders.find({ _id: { $in: ids } }, { projection: { state: 1, 'failure.code': 1 } }).toArray();
  const orderOf = new Map(found.map((order) => [order._id, order as unknown as Ended]));
  return new Map(
    failed.flatMap((one): [string, string][] => {
      const code = failureOf(one, orderOf.get(one.lastOrder ?? ''));
      return code === undefined ? [] : [[one._id, code]];
    }),
  );
}

/** What counts here of an order. */
interface Ended {
  state: string;
  failure?: { code?: string } | null;
}

/** An order that failed says it, whatever an earlier one has left; of one that is not kept any more the computer's own word counts. */
function failureOf({ alerts, failure }: Known, order: Ended | undefined): string | undefined {
  if (order && order.state !== 'succeeded' && order.failure?.code) return order.failure.code;
  if (!order && failure !== undefined) return failure;
  return alerts.some(({ code }) => code === 'REGISTER_TIMEOUT') ? 'REGISTER_TIMEOUT' : undefined;
}
