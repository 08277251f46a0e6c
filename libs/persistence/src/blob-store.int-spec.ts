import { Readable } from 'node:stream';
import { createHash } from 'node:crypto';
import { openStage, type Stage } from '../testing/stage.js';
import { BlobStore, BlobTooLarge } from './blob-store.js';

/** More than two of GridFS's chunks of 255 KiB. */
const BYTES = Buffer.alloc(700_000, 'relaypoint');

describe('bytes in GridFS', () => {
  let stage: Stage;
  let blobs: BlobStore;

  beforeAll(async () => {
    stage = await openStage();
    blobs = stage.get(BlobStore);
  }, 60_000);

  afterAll(() => stage.close(), 30_000);

  /** How many files and chunks are stored. */
  const kept = (): Promise<number[]> =>
    Promise.all(
      ['blobs.files', 'blobs.chunks'].map((name) => stage.connection.collection(name).countDocuments({})),
    );

  it('are measured on the way in, and read in whole or in part', async () => {
    const stored = await blobs.write('file', Readable.from([BYTES.subarray(0, 1000), BYTES.subarray(1000)]));
    expect(stored).toMatchObject({
      size: BYTES.length,
      sha256: createHash('sha256').update(BYTES).digest('hex'),
    });
    const read = async (range?: { start: number; end: number }): Promise<Buffer> =>
      Buffer.concat(await blobs.read(stored.blob, range).toArray());
    expect((await read()).equals(BYTES)).toBe(true);
    for (const [start, end] of [
      [0, 1],
      [261_119, 261_121],
      [260_000, 530_000],
      [699_999, 700_000],
    ] as const) {
      expect((await read({ start, end })).equals(BYTES.subarray(start, end))).toBe(true);
    }
    await blobs.remove(stored.blob);
    expect(await kept()).toEqual([0, 0]);
    // A second time changes nothing
    await blobs.remove(stored.blob);
    await expect(read()).rejects.toThrow(/FileNotFound/);
  });

  it('leave nothing when the stream breaks off, or is too long', async () => {
    async function* broken(): AsyncIterable<Buffer> {
      yield BYTES;
      await new Promise((resolve) => setImmediate(resolve));
      throw new Error('the client is gone');
    }
    // many at once: what is still being written must not come after the clean-up
    const uploads = Array.from({ length: 50 }, () => blobs.write('broken', Readable.from(broken())));
    for (const upload of await Promise.allSettled(uploads))
      expect(upload).toMatchObject({ status: 'rejected', reason: new Error('the client is gone') });
    expect(await kept()).toEqual([0, 0]);
    const long = Readable.from([BYTES, BYTES, BYTES]);
    await expect(blobs.write('long', long, 2 * BYTES.length)).rejects.toBeInstanceOf(BlobTooLarge);
    expect(await kept()).toEqual([0, 0]);
  });

  it('can be nothing at all', async () => {
    const stored = await blobs.write('empty', Readable.from([]));
    expect(stored.size).toBe(0);
    expect(await blobs.read(stored.blob).toArray()).toEqual([]);
  });
});
