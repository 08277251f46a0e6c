import { connect, type AmqpConnectionManager, type ChannelWrapper } from 'amqp-connection-manager';
import type { Channel, ConfirmChannel } from 'amqplib';
import { BrokerUnavailable } from './errors.js';

const HEARTBEAT_S = 5;
const RECONNECT_S = 1;
/** amqp-connection-manager may never settle a close that comes right after a cut. */
const CLOSE_MS = 2_000;

export interface ConnectionLog {
  log(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/**
 * One connection to the broker that comes back by itself. The manager is used for connecting and for opening channels
 * anew; messages go over the channels themselves, so that nothing is buffered while the broker is away.
 */
export class BrokerConnection {
  private readonly manager: AmqpConnectionManager;
  private readonly wrappers = new Set<ChannelWrapper>();
  private reason = 'not connected yet';
  private blockedReason: string | undefined;
  private closing = false;

  constructor(
    url: string,
    private readonly name: string,
    private readonly log: ConnectionLog,
  ) {
    this.manager = connect([url], {
      heartbeatIntervalInSeconds: HEARTBEAT_S,
      reconnectTimeInSeconds: RECONNECT_S,
      // Without noDelay a get and its ack take 44 ms
      connectionOptions: { noDelay: true, clientProperties: { connection_name: name } },
    });
    this.manager.on('connect', () => {
      this.reason = '';
      this.log.log(`${this.name}: connected to the broker`);
    });
    this.manager.on('disconnect', ({ err }) => {
      this.reason = err.message;
      this.blockedReason = undefined;
      if (!this.closing) this.log.warn(`${this.name}: connection to the broker lost: ${err.message}`);
    });
    this.manager.on('connectFailed', ({ err }) => {
      this.reason = err instanceof Error ? err.message : String(err);
      this.log.warn(`${this.name}: the broker cannot be reached: ${this.reason}`);
    });
    this.manager.on('blocked', ({ reason }) => {
      this.blockedReason = reason;
      this.log.warn(`${this.name}: the broker takes no messages: ${reason}`);
    });
    this.manager.on('unblocked', () => {
      this.blockedReason = undefined;
    });
  }

  get isConnected(): boolean {
    return this.manager.isConnected();
  }

  /** Why nothing can be published right now; undefined: it can. */
  get trouble(): string | undefined {
    if (!this.isConnected) return `not connected: ${this.reason}`;
    return this.blockedReason === undefined ? undefined : `blocked: ${this.blockedReason}`;
  }

  /** @throws BrokerUnavailable */
  assertUsable(): void {
    const { trouble } = this;
    if (trouble !== undefined) throw new BrokerUnavailable(`the broker is not available (${trouble})`);
  }

  onDisconnect(listener: () => void): void {
    this.manager.on('disconnect', listener);
  }

  /**
   * Opens a channel now and again after every reconnect. `setup` declares what it needs and starts what it runs; when it
   * fails, or the channel is closed by the broker, it is tried again.
   */
  keepChannel(name: string, confirm: true, setup: (channel: ConfirmChannel) => Promise<void>): ChannelWrapper;
  keepChannel(name: string, confirm: false, setup: (channel: Channel) => Promise<void>): ChannelWrapper;
  keepChannel(
    name: string,
    confirm: boolean,
    setup: ((channel: ConfirmChannel) => Promise<void>) | ((channel: Channel) => Promise<void>),
  ): ChannelWrapper {
    const wrapper = this.manager.createChannel({
      name,
      confirm,
      setup: async (channel: ConfirmChannel) => {
        // Without a listener an error of one channel ends the whole connection
        channel.on('error', (error: Error) => {
          this.log.warn(`${this.name}: channel ${name}: ${error.message}`);
          this.reopen();
        });
        await setup(channel);
      },
    });
    wrapper.on('error', (error: Error) => {
      this.log.error(`${this.name}: channel ${name}: ${error.message}`);
      this.reopen();
    });
    this.wrappers.add(wrapper);
    return wrapper;
  }

  /**
   * A channel of the connection as it stands now; gone with it.
   *
   * @throws BrokerUnavailable
   */
  async openChannel(): Promise<Channel> {
    const model = this.manager.connection;
    if (!model) throw new BrokerUnavailable('not connected to the broker');
    try {
      return await model.createChannel();
    } catch (error) {
      throw new BrokerUnavailable(error instanceof Error ? error.message : String(error));
    }
  }

  /** Ends and opens the connection: the manager does not open a single channel anew. */
  reopen(): void {
    if (this.closing) return;
    setTimeout(() => {
      if (!this.closing && this.manager.isConnected()) this.manager.reconnect();
    }, 200).unref();
  }

  async close(): Promise<void> {
    if (this.closing) return;
    this.closing = true;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_MS);
    });
    await Promise.race([this.manager.close().catch(() => undefined), late]);
    clearTimeout(timer);
  }
}
