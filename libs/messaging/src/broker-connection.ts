import type { Writable } from 'node:stream';
import { connect, type Channel, type ChannelModel, type ConfirmChannel } from 'amqplib';
import { brokerAddresses, type BrokerAddress } from './broker-address.js';
import { brokerSentence } from './broker-faults.js';
import { type BrokerProperties, brokerVersionFault } from './broker-version.js';
import { corkWrites } from './cork-writes.js';
import { BrokerUnavailable } from './errors.js';
import { KeptChannel } from './kept-channel.js';
import { isOpenRefusal, openRefusal } from './open-refusal.js';

/** A connection counts as dead after two to three of these without a sign of life, in seconds. */
const HEARTBEAT_S = 5;
/** Longest silence while a connection is made. */
const CONNECT_MS = 5_000;
/** Pause between two tries at the same address, about. */
const RECONNECT_MS = 1_000;
/** Longest wait for the broker's goodbye. */
const CLOSE_MS = 2_000;

export interface ConnectionLog {
  log(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/**
 * One connection to the broker that comes back by itself, at the next of its addresses. Nothing is buffered while it is
 * away. A channel that fails is opened again alone; whatever the broker or the network does, nothing is thrown out of here
 * but {@link BrokerUnavailable} to whoever asks.
 */
export class BrokerConnection {
  private readonly addresses: readonly [BrokerAddress, ...BrokerAddress[]];
  private readonly kept = new Set<KeptChannel>();
  private readonly disconnected = new Set<() => void>();
  /** What was said last of each address: said once, not once a second. */
  private readonly said = new Map<BrokerAddress, string>();
  private model: ChannelModel | undefined;
  private reason = 'not connected yet';
  private blockedReason: string | undefined;
  private closing = false;
  private connects = 0;
  private timer: NodeJS.Timeout | undefined;

  /** @param urls as in AMQP_URL: one address, or several that are tried in turn, separated by commas */
  constructor(
    urls: string,
    readonly name: string,
    private readonly log: ConnectionLog,
  ) {
    this.addresses = brokerAddresses(urls);
    this.tryAddress(0, 0);
  }

  get isConnected(): boolean {
    return this.model !== undefined;
  }

  /** Whether the broker takes no messages, because of an alarm of its own. */
  get isBlocked(): boolean {
    return this.blockedReason !== undefined;
  }

  /** How often it has come back since its first time. */
  get reconnects(): number {
    return Math.max(0, this.connects - 1);
  }

  /** Why nothing can be published right now; undefined: it can. */
  get trouble(): string | undefined {
    if (!this.isConnected) return `not connected: ${this.reason}`;
    return this.blockedReason === undefined ? undefined : `blocked: ${this.blockedReason}`;
  }

  /** @throws BrokerUnavailable */
  check(): void {
    const { trouble } = this;
    if (trouble !== undefined) throw new BrokerUnavailable(`the broker is not available (${trouble})`);
  }

  onDisconnect(listener: () => void): void {
    this.disconnected.add(listener);
  }

  /**
   * Opens a channel now, again after every reconnect, and again when it alone has ended. `setup` declares what it needs
   * and starts what it runs; when it fails it is tried again, with growing pauses.
   */
  keepChannel(name: string, confirm: true, setup: (channel: ConfirmChannel) => Promise<void>): KeptChannel;
  keepChannel(name: string, confirm: false, setup: (channel: Channel) => Promise<void>): KeptChannel;
  keepChannel(
    name: string,
    confirm: boolean,
    setup: (channel: ConfirmChannel) => Promise<void>,
  ): KeptChannel {
    const failed = (error: unknown): void => {
      const text = brokerSentence(error, this.addresses[0]);
      if (!this.closing) this.log.error(`${this.name}: channel ${name}: ${text}`);
    };
    const kept = new KeptChannel({ name, confirm, setup, failed });
    this.kept.add(kept);
    if (this.model) kept.connected(this.model);
    return kept;
  }

  /**
   * A channel of the connection as it stands now; gone with it. What closes it closes nothing else.
   *
   * @throws BrokerUnavailable
   */
  openChannel(): Promise<Channel> {
    return this.openOn((model) => model.createChannel());
  }

  /** As {@link openChannel}, and the broker confirms what it takes over it. */
  openConfirmChannel(): Promise<ConfirmChannel> {
    return this.openOn((model) => model.createConfirmChannel());
  }

  async close(): Promise<void> {
    if (this.closing) return;
    this.closing = true;
    clearTimeout(this.timer);
    if (this.model) await this.leave(this.model);
  }

  private async openOn<C extends Channel>(open: (model: ChannelModel) => Promise<C>): Promise<C> {
    const { model } = this;
    if (!model) throw new BrokerUnavailable(`not connected to the broker (${this.reason})`);
    try {
      const channel = await open(model);
      // Without listeners an error of this channel would end the process, and a listener's exception the connection
      channel.on('error', () => undefined);
      channel.on('handler-error', (error) => this.log.error(`${this.name}: ${error.message}`));
      return channel;
    } catch (error) {
      throw new BrokerUnavailable(error instanceof Error ? error.message : String(error));
    }
  }

  private async leave(model: ChannelModel): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_MS);
    });
    // A broker that has fallen silent never says goodbye
    await Promise.race([model.close().catch(() => undefined), late]);
    clearTimeout(timer);
    destroySocket(model);
  }

  private tryAddress(index: number, pause: number): void {
    this.timer = setTimeout(() => void this.connect(index), pause);
  }

  private async connect(index: number): Promise<void> {
    const address = this.addresses[index] ?? this.addresses[0];
    try {
      const model = await connect(withHeartbeat(address.url), {
        // Without noDelay a get and its ack take 44 ms
        noDelay: true,
        timeout: CONNECT_MS,
        clientProperties: { connection_name: this.name },
      });
      const fault = brokerVersionFault(propertiesOf(model));
      if (fault !== undefined) return await this.refuse(model, fault, index);
      this.connected(model, index);
      if (this.closing) await this.leave(model);
    } catch (error) {
      this.failed((isOpenRefusal(error) && (await openRefusal(address))) || error, index);
    }
  }

  /** A broker that is none for us; one that is put in its place is tried in turn. */
  private async refuse(model: ChannelModel, fault: string, index: number): Promise<void> {
    model.on('error', () => undefined);
    await this.leave(model);
    this.failed(new Error(fault), index);
  }

  private connected(model: ChannelModel, index: number): void {
    // These listeners stay for good: amqplib may tell of an error long after the connection counts as lost
    let fault: Error | undefined;
    model.on('error', (error) => (fault ??= error));
    model.on('handler-error', (error) => this.log.error(`${this.name}: ${error.message}`));
    model.on('close', (error) => this.lost(model, fault ?? error, index));
    model.on('blocked', (reason) => {
      this.blockedReason = `${reason}; it takes no messages until its alarm is over (rabbitmq-diagnostics alarms)`;
      this.log.warn(`${this.name}: the broker is blocked: ${this.blockedReason}`);
    });
    model.on('unblocked', () => {
      this.blockedReason = undefined;
      this.log.log(`${this.name}: the broker takes messages again`);
    });
    const stream = streamOf(model);
    if (stream) corkWrites(stream);
    this.model = model;
    this.connects += 1;
    this.reason = '';
    this.said.clear();
    this.log.log(`${this.name}: connected to the broker at ${this.addresses[index]?.host}`);
    for (const kept of this.kept) kept.connected(model);
  }

  private lost(model: ChannelModel, error: Error | undefined, index: number): void {
    destroySocket(model);
    if (this.model !== model) return;
    this.model = undefined;
    this.blockedReason = undefined;
    for (const kept of this.kept) kept.disconnected();
    for (const listener of this.disconnected) listener();
    if (!this.closing) this.failed(error ?? new Error('the connection was closed'), index);
  }

  /** On to the next address. All of them are tried once in about a second. */
  private failed(error: unknown, index: number): void {
    if (this.closing) return;
    const address = this.addresses[index] ?? this.addresses[0];
    this.reason = brokerSentence(error, address);
    if (this.said.get(address) !== this.reason) {
      this.said.set(address, this.reason);
      this.log.warn(`${this.name}: no connection to the broker: ${this.reason}`);
    }
    // Not all programs at once, when a broker has been away
    const pause = (RECONNECT_MS / this.addresses.length) * (0.5 + Math.random());
    this.tryAddress((index + 1) % this.addresses.length, pause);
  }
}

/** An address may name a heartbeat of its own. */
function withHeartbeat(address: string): string {
  const url = new URL(address);
  if (!url.searchParams.has('heartbeat')) url.searchParams.set('heartbeat', String(HEARTBEAT_S));
  return url.href;
}

/**
 * amqplib ends a socket but waits for the other side to do the same; a side that is silent never does, and the system
 * keeps the socket for a quarter of an hour.
 */
function destroySocket(model: ChannelModel): void {
  streamOf(model)?.destroy();
}

/** They are not in amqplib's types. */
function propertiesOf({ connection }: ChannelModel): BrokerProperties {
  return (connection as { serverProperties?: BrokerProperties }).serverProperties ?? {};
}

/** It is not in amqplib's types. */
function streamOf({ connection }: ChannelModel): Writable | undefined {
  return (connection as { stream?: Writable }).stream;
}
