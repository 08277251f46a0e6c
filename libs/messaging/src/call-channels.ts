import type { Channel } from 'amqplib';
import type { BrokerConnection } from './broker-connection.js';
import { brokerFault, BrokerUnavailable } from './errors.js';

/** A queue without a leader answers nothing; the next call must not wait for it. */
const CALL_MS = 10_000;

/**
 * Channels for declaring, counting and deleting. The broker answers a wrong argument or a missing queue by closing the
 * channel, so that only one call is on a channel at a time, and a call that fails takes nothing along but its channel.
 */
export class CallChannels {
  private readonly lanes: Lane[];

  /** @param size calls at once; further ones wait for their turn */
  constructor(connection: BrokerConnection, size: number) {
    this.lanes = Array.from({ length: size }, () => new Lane(connection));
  }

  /** @throws BrokerUnavailable, and what `work` throws of its own */
  run<T>(work: (channel: Channel) => Promise<T>): Promise<T> {
    return this.lanes.reduce((best, lane) => (lane.waiting < best.waiting ? lane : best)).run(work);
  }
}

class Lane {
  waiting = 0;
  private channel: Channel | undefined;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly connection: BrokerConnection) {}

  run<T>(work: (channel: Channel) => Promise<T>): Promise<T> {
    this.waiting += 1;
    const mine = this.turn.then(() => this.call(work)).finally(() => (this.waiting -= 1));
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  private async call<T>(work: (channel: Channel) => Promise<T>): Promise<T> {
    this.connection.check();
    const channel = (this.channel ??= await this.open());
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new BrokerUnavailable('the broker did not answer in time')), CALL_MS);
    });
    try {
      return await Promise.race([work(channel), late]);
    } catch (error) {
      this.channel = undefined;
      channel.close().catch(() => undefined);
      throw brokerFault(error);
    } finally {
      clearTimeout(timer);
    }
  }

  private async open(): Promise<Channel> {
    const channel = await this.connection.openChannel();
    channel.on('close', () => {
      if (this.channel === channel) this.channel = undefined;
    });
    return channel;
  }
}
