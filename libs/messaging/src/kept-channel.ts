import type { Channel, ChannelModel, ConfirmChannel } from 'amqplib';

/** Pause before a channel is opened again, in milliseconds; doubled with each failure in a row. */
const REOPEN_MS = { first: 200, most: 10_000 };
/** A channel that lived so long had a good start: what ended it is no failure of its setup. */
const SETTLED_MS = 10_000;
/** A setup that takes longer hangs on a queue that does not answer. */
const SETUP_MS = 15_000;

export interface KeptChannelOptions {
  name: string;
  /** Declares what it needs and starts what it runs. */
  setup: (channel: ConfirmChannel) => Promise<void>;
  confirm: boolean;
  /** Something went wrong with this channel alone; it is opened again. */
  failed: (error: unknown) => void;
}

/** A channel that is opened with each connection, and again when it alone has ended. */
export class KeptChannel {
  private model: ChannelModel | undefined;
  private channel: Channel | undefined;
  private failures = 0;
  /** When the setup of the present channel was done. */
  private readySince: number | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: KeptChannelOptions) {}

  /** The connection stands. */
  connected(model: ChannelModel): void {
    this.model = model;
    this.failures = 0;
    void this.open(model);
  }

  /** The connection is gone, and the channel with it. */
  disconnected(): void {
    clearTimeout(this.timer);
    this.model = undefined;
    this.channel = undefined;
  }

  /** Ends the channel and opens another; what was not acked on it is delivered again. */
  reopen(): void {
    const { channel } = this;
    this.channel = undefined;
    channel?.close().catch(() => undefined);
    this.openLater();
  }

  private openLater(): void {
    const { model } = this;
    if (!model) return;
    clearTimeout(this.timer);
    if (this.readySince !== undefined && performance.now() - this.readySince > SETTLED_MS) this.failures = 0;
    const pause = Math.min(REOPEN_MS.first * 2 ** this.failures, REOPEN_MS.most);
    this.failures += 1;
    this.timer = setTimeout(() => {
      if (this.model === model) void this.open(model);
    }, pause).unref();
  }

  private async open(model: ChannelModel): Promise<void> {
    let channel: ConfirmChannel | undefined;
    this.readySince = undefined;
    try {
      // A confirm channel is a channel; which of the two it is, the caller has said by its setup's type
      channel = (await (this.options.confirm
        ? model.createConfirmChannel()
        : model.createChannel())) as ConfirmChannel;
      this.watch(channel);
      await inTime(this.options.setup(channel));
      if (this.channel === channel) this.readySince = performance.now();
    } catch (error) {
      // With the connection everything on it fails; that has been said
      if (this.model !== model) return;
      this.options.failed(error);
      if (channel === undefined) this.openLater();
      else if (this.channel === channel) this.reopen();
    }
  }

  private watch(channel: Channel): void {
    this.channel = channel;
    let reason: Error | undefined;
    // amqplib tells an 'error' first, then the 'close'; without a listener the error would end the process
    channel.on('error', (error: Error) => (reason = error));
    // An exception out of a listener would end the connection
    channel.on('handler-error', (error: Error) => this.options.failed(error));
    channel.on('close', () => {
      if (this.channel !== channel) return;
      this.channel = undefined;
      // What ends a channel under its setup is told by the setup, in its own words
      if (reason && this.readySince !== undefined) this.options.failed(reason);
      this.openLater();
    });
  }
}

async function inTime(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('the broker did not answer in time')), SETUP_MS);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
