import type { Connection } from 'mongoose';

/** What a server that has died does not do any more. */
class Died extends Error {
  override readonly name = 'Died';
}

interface Publishes {
  publish: (message: never) => Promise<void>;
}

const WRITES = [
  'insertOne',
  'insertMany',
  'bulkWrite',
  'replaceOne',
  'updateOne',
  'updateMany',
  'deleteOne',
  'deleteMany',
] as const;

/** Lets a server in this process die before any of its writes, to the database or to the broker. */
export class ShortLife {
  private left = Infinity;
  private isDead = false;

  constructor(connection: Connection, publisher: Publishes) {
    for (const model of Object.values(connection.models)) {
      const collection = model.collection as unknown as Record<string, (...args: unknown[]) => unknown>;
      for (const name of WRITES) {
        const write = collection[name]?.bind(collection);
        collection[name] = async (...args: unknown[]) => {
          this.step();
          return await write?.(...args);
        };
      }
    }
    const publish = publisher.publish.bind(publisher);
    publisher.publish = async (message: never) => {
      this.step();
      await publish(message);
    };
  }

  /**
   * Does something with the server, which dies before its write of this number.
   *
   * @returns null when it has died; from then on it does nothing, until it is started again by the next call
   */
  async until<T>(write: number, work: () => Promise<T>): Promise<{ value: T } | null> {
    this.left = write;
    this.isDead = false;
    try {
      const value = await work();
      return this.isDead ? null : { value };
    } catch (error) {
      if (this.isDead) return null;
      throw error;
    } finally {
      this.left = Infinity;
      this.isDead = false;
    }
  }

  private step(): void {
    if (this.left <= 0) this.isDead = true;
    if (this.isDead) throw new Died('the server died before this write');
    this.left -= 1;
  }
}
