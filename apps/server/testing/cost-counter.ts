import type { Channel } from 'amqplib';
import type { Connection, mongo } from 'mongoose';

/** Documents of one collection. */
export interface Documents {
  written: number;
  read: number;
}

/** What some work has cost: documents by collection, and operations of the broker by their name. */
export interface Cost {
  documents: ReadonlyMap<string, Documents>;
  broker: ReadonlyMap<string, number>;
}

/** What programs ask of the broker for each message. */
const BROKER_OPERATIONS = ['publish', 'ack', 'get'] as const;

/** The replies of the commands that are counted, as far as they are looked at. */
interface Reply {
  n?: number;
  nModified?: number;
  cursor?: { firstBatch?: unknown[]; nextBatch?: unknown[] };
}

/** What a program writes of itself as time goes by, whatever it does. */
const OF_ITSELF: ReadonlySet<string> = new Set(['programs', 'maintenance']);

/** An address whose connections tell their commands. */
export function monitored(uri: string): string {
  return `${uri}${uri.includes('?') ? '&' : '?'}monitorCommands=true`;
}

/**
 * Counts what this process does at the database, by the replies to its commands, and at the broker.
 */
export class CostCounter {
  private documents = new Map<string, Documents>();
  private broker = new Map<string, number>();
  private readonly collections = new Map<number, string>();

  /** @param channel any: all of them are counted, also those that confirm */
  constructor(connection: Connection, channel: Channel) {
    const client = connection.getClient();
    client.on('commandStarted', (event) => this.started(event));
    client.on('commandSucceeded', (event) => this.succeeded(event));
    const all = Object.getPrototypeOf(channel) as Record<string, (...args: unknown[]) => unknown>;
    for (const name of BROKER_OPERATIONS) {
      const operation = all[name];
      const count = (): void => void this.broker.set(name, (this.broker.get(name) ?? 0) + 1);
      all[name] = function (this: unknown, ...args: unknown[]) {
        count();
        return operation?.apply(this, args);
      };
    }
  }

  /** What has been counted since the last time. */
  take(): Cost {
    const { documents, broker } = this;
    this.documents = new Map();
    this.broker = new Map();
    return { documents, broker };
  }

  /** Messages that have been settled since the last time: whatever they asked for is done. */
  get acked(): number {
    return this.broker.get('ack') ?? 0;
  }

  private started({ requestId, commandName, command }: mongo.CommandStartedEvent): void {
    const named: unknown = commandName === 'getMore' ? command['collection'] : command[commandName];
    if (typeof named === 'string' && !OF_ITSELF.has(named)) this.collections.set(requestId, named);
  }

  private succeeded({ requestId, commandName, reply }: mongo.CommandSucceededEvent): void {
    const collection = this.collections.get(requestId);
    this.collections.delete(requestId);
    if (collection === undefined) return;
    const { n = 0, nModified, cursor } = reply as Reply;
    const known = this.documents.get(collection) ?? { written: 0, read: 0 };
    if (['insert', 'update', 'delete'].includes(commandName)) known.written += nModified ?? n;
    known.read += (cursor?.firstBatch ?? cursor?.nextBatch ?? []).length;
    if (known.written + known.read > 0) this.documents.set(collection, known);
  }
}
