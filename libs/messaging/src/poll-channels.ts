import type { Channel } from 'amqplib';
import type { BrokerConnection, ConnectionLog } from './broker-connection.js';

/**
 * Channels that thousands of waiting polls share; a channel of its own for each would cost more than its consumer. On each,
 * one operation waits for the other: DPs that came together begin and end their polls together.
 */
const SIZE = 128;

/** Hands out a few channels in turn. One that closes is replaced, and takes nothing along but what is on it. */
export class PollChannels {
  private readonly pool: (Promise<Channel> | undefined)[] = Array.from({ length: SIZE });
  private next = 0;

  constructor(
    private readonly connection: BrokerConnection,
    private readonly log: ConnectionLog,
    private readonly closed: () => void,
  ) {}

  /** @throws BrokerUnavailable */
  take(): Promise<Channel> {
    const index = (this.next = (this.next + 1) % SIZE);
    return (this.pool[index] ??= this.open(index));
  }

  private async open(index: number): Promise<Channel> {
    try {
      const channel = await this.connection.openChannel();
      channel.setMaxListeners(0);
      channel.on('error', (error: Error) => this.log.warn(`order queue channel: ${error.message}`));
      channel.on('close', () => {
        this.pool[index] = undefined;
        this.closed();
      });
      return channel;
    } catch (error) {
      this.pool[index] = undefined;
      throw error;
    }
  }
}
