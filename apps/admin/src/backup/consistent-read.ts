import { mongo } from 'mongoose';
import { OPEN_ORDER_STATES } from '#domain';
import { COMPUTERS, ORDERS } from '../archive/collections.js';

type Id = string;

interface Versioned {
  _id: Id;
  revision: number;
}

/** A computer and its orders that may have changed, as they stood at one moment. */
export interface ComputerWithOrders {
  computer: Uint8Array;
  orders: readonly Uint8Array[];
}

/** Computers read together. */
const PAGE = 500;
/** How often computers that change all the time are read again, before they are taken as they are. */
const TRIES = 25;
/** How far the clocks of servers may be apart. */
const CLOCKS_MS = 5 * 60_000;

/**
 * Reads every computer together with its orders that were open, or have been made, since `since`. A computer and its orders
 * decide things for each other, both ways: a release writes the computer first, the end of an order the order. Neither can
 * be read before the other. So both are read, and again where the computer has changed meanwhile: between two looks at an
 * unchanged computer, it and its orders stood beside each other as they were read.
 *
 * @param wereOpen ids of orders by their computers, that were open at an earlier look
 * @param onUnsettled told of computers that changed at every look; what is between them and their orders, the server repairs
 */
export async function* computersWithOrders(
  db: mongo.Db,
  since: Date,
  wereOpen: ReadonlyMap<Id, readonly Id[]>,
  onUnsettled: (computers: readonly Id[]) => void,
): AsyncGenerator<ComputerWithOrders> {
  const computers = db.collection<Versioned>(COMPUTERS);
  let after: Id = '';
  for (;;) {
    const page = await computers
      .find<Uint8Array>({ _id: { $gt: after } }, { raw: true, sort: { _id: 1 }, limit: PAGE })
      .toArray();
    if (page.length === 0) return;
    let open = byId(page);
    after = [...open.keys()].at(-1) ?? after;
    for (let look = 1; open.size > 0; look += 1) {
      const ids = [...open.keys()];
      const orders = await ordersOf(db, ids, since, wereOpen);
      const now = await revisions(db, ids);
      const changed = new Set(ids.filter((id) => now.get(id) !== revisionOf(open.get(id))));
      if (look === TRIES && changed.size > 0) onUnsettled([...changed]);
      for (const [id, computer] of open) {
        if (look < TRIES && changed.has(id)) continue;
        yield { computer, orders: orders.get(id) ?? [] };
      }
      if (look === TRIES) break;
      // one that was deleted meanwhile is not found any more
      open = byId(await computers.find<Uint8Array>({ _id: { $in: [...changed] } }, { raw: true }).toArray());
    }
  }
}

async function ordersOf(
  db: mongo.Db,
  computers: readonly Id[],
  since: Date,
  wereOpen: ReadonlyMap<Id, readonly Id[]>,
): Promise<Map<Id, Uint8Array[]>> {
  const known = computers.flatMap((id) => wereOpen.get(id) ?? []);
  const made = { createdAt: { $gte: new Date(since.getTime() - CLOCKS_MS) } };
  const filter = {
    computer: { $in: [...computers] },
    $or: [{ _id: { $in: known } }, { state: { $in: [...OPEN_ORDER_STATES] } }, made],
  };
  const found = new Map<Id, Uint8Array[]>();
  const orders = db.collection<Versioned & { computer: Id }>(ORDERS);
  for await (const order of orders.find<Uint8Array>(filter, { raw: true })) {
    const copy = Uint8Array.from(order);
    const { computer } = mongo.BSON.deserialize(copy) as { computer: Id };
    found.set(computer, [...(found.get(computer) ?? []), copy]);
  }
  return found;
}

async function revisions(db: mongo.Db, ids: readonly Id[]): Promise<Map<Id, number>> {
  const found = await db
    .collection<Versioned>(COMPUTERS)
    .find({ _id: { $in: [...ids] } }, { projection: { revision: 1 } })
    .toArray();
  return new Map(found.map(({ _id, revision }) => [_id, revision]));
}

function byId(raw: readonly Uint8Array[]): Map<Id, Uint8Array> {
  return new Map(
    raw.map((one) => {
      const copy = Uint8Array.from(one);
      return [(mongo.BSON.deserialize(copy) as Versioned)._id, copy];
    }),
  );
}

function revisionOf(raw: Uint8Array | undefined): number | undefined {
  return raw && (mongo.BSON.deserialize(raw) as Versioned).revision;
}
