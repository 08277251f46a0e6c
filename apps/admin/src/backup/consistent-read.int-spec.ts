import { mongo } from 'mongoose';
import { AdminStage } from '../../testing/admin-stage.js';
import { computersWithOrders } from './consistent-read.js';

interface StoredComputer {
  _id: string;
  revision: number;
  openOrder: string | null;
}
interface StoredOrder {
  _id: string;
  computer: string;
  state: string;
  createdAt: Date;
}

const COMPUTERS = 60;

/** Computers that are released and installed over and over, by the two pairs of writes that the server makes. */
class Traffic {
  private readonly stopping = new AbortController();
  private running: Promise<unknown> = Promise.resolve();
  private made = 0;

  constructor(private readonly db: mongo.Db) {}

  async begin(): Promise<void> {
    const ids = Array.from({ length: COMPUTERS }, (_, n) => `c-${String(n).padStart(3, '0')}`);
    await this.db
      .collection<StoredComputer>('computers')
      .insertMany(ids.map((_id) => ({ _id, revision: 0, openOrder: null })));
    this.running = Promise.all(ids.map((id) => this.work(id)));
  }

  async end(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async work(computer: string): Promise<void> {
    const computers = this.db.collection<StoredComputer>('computers');
    const orders = this.db.collection<StoredOrder>('orders');
    while (!this.stopping.signal.aborted) {
      const _id = `o-${(this.made += 1)}`;
      await computers.updateOne({ _id: computer }, { $set: { openOrder: _id }, $inc: { revision: 1 } });
      await orders.insertOne({ _id, computer, state: 'queued', createdAt: new Date() });
      await orders.updateOne({ _id }, { $set: { state: 'succeeded' } });
      await computers.updateOne({ _id: computer }, { $set: { openOrder: null }, $inc: { revision: 1 } });
      await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 60));
    }
  }
}

/** An open order whose computer does not point at it would be cancelled by the server, and a computer left behind. */
function isTorn({ openOrder }: StoredComputer, orders: readonly StoredOrder[]): boolean {
  return orders.some(({ _id, state }) => state === 'queued' && openOrder !== _id);
}

describe('computers and their orders, read while both change', () => {
  const stage = new AdminStage();
  const traffic = new Traffic(stage.db);
  beforeAll(async () => {
    await stage.db.collection('orders').createIndex({ computer: 1, createdAt: -1 });
    await traffic.begin();
  });
  afterAll(async () => {
    await traffic.end();
    await stage.end();
  });

  it('are torn apart when one is read after the other', async () => {
    let torn = 0;
    // on a busy machine they change seldom
    const until = Date.now() + 60_000;
    while (torn === 0 && Date.now() < until) {
      const orders = await stage.db.collection<StoredOrder>('orders').find().toArray();
      const computers = await stage.db.collection<StoredComputer>('computers').find().toArray();
      torn += computers.filter((one) =>
        isTorn(
          one,
          orders.filter(({ computer }) => computer === one._id),
        ),
      ).length;
    }
    expect(torn).toBeGreaterThan(0);
  }, 90_000);

  it('stand beside each other as they did', async () => {
    const since = new Date();
    let seen = 0;
    const unsettled: string[] = [];
    for (let look = 0; look < 5; look += 1) {
      const pairs = computersWithOrders(stage.db, since, new Map(), (ids) => unsettled.push(...ids));
      for await (const { computer, orders } of pairs) {
        const stored = mongo.BSON.deserialize(computer) as StoredComputer;
        const theirs = orders.map((one) => mongo.BSON.deserialize(one) as StoredOrder);
        if (!unsettled.includes(stored._id)) expect(isTorn(stored, theirs)).toBe(false);
        seen += 1;
      }
    }
    expect(seen).toBe(5 * COMPUTERS);
    expect(unsettled.length).toBeLessThan(COMPUTERS);
  });
});
