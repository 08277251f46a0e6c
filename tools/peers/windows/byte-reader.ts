import type { Socket } from 'node:net';

/** Reads exact numbers of bytes from a socket. */
export class ByteReader {
  /** The message of what {@link read} throws when the socket has ended. */
  static readonly ENDED = 'the connection has ended';

  private held = Buffer.alloc(0);
  private hasEnded = false;
  private wake: (() => void) | undefined;

  constructor(socket: Socket) {
    socket.on('data', (part: Buffer) => {
      this.held = Buffer.concat([this.held, part]);
      this.wake?.();
    });
    const end = (): void => {
      this.hasEnded = true;
      this.wake?.();
    };
    for (const event of ['end', 'close', 'error']) socket.once(event, end);
  }

  /**
   * The next bytes; one reader at a time.
   *
   * @throws Error when the socket ends before
   */
  async read(bytes: number): Promise<Buffer> {
    while (this.held.length < bytes) {
      if (this.hasEnded) throw new Error(ByteReader.ENDED);
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
    const taken = this.held.subarray(0, bytes);
    this.held = this.held.subarray(bytes);
    return taken;
  }
}
