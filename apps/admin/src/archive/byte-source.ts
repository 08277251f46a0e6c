import { DamagedArchive } from './damaged-archive.js';

/** Bytes that come in pieces of any size, taken in pieces of a wanted one. */
export class ByteSource {
  private readonly pieces: AsyncIterator<Buffer>;
  private left: Buffer = Buffer.alloc(0);

  constructor(
    pieces: AsyncIterable<Buffer>,
    /** Told of all bytes as they are taken. */
    private readonly onTaken: (bytes: Buffer) => void = () => undefined,
  ) {
    this.pieces = pieces[Symbol.asyncIterator]();
  }

  /** @throws DamagedArchive when there are fewer */
  async take(bytes: number): Promise<Buffer> {
    const found = await this.upTo(bytes);
    if (found.length < bytes) throw new DamagedArchive('the archive ends before its end: it is not whole');
    return found;
  }

  /** As many as wanted, or all that are left. */
  async upTo(bytes: number): Promise<Buffer> {
    const gathered = [this.left];
    let length = this.left.length;
    while (length < bytes) {
      const { value, done } = await this.pieces.next();
      if (done) break;
      gathered.push(value);
      length += value.length;
    }
    const all = gathered.length === 1 ? this.left : Buffer.concat(gathered);
    this.left = all.subarray(bytes);
    const taken = all.subarray(0, bytes);
    this.onTaken(taken);
    return taken;
  }

  async isAtEnd(): Promise<boolean> {
    if (this.left.length > 0) return false;
    for (;;) {
      const { value, done } = await this.pieces.next();
      if (done) return true;
      if (value.length === 0) continue;
      this.left = value;
      return false;
    }
  }

  /** Ends what it reads from. */
  async close(): Promise<void> {
    await this.pieces.return?.(undefined);
  }
}
