import { createHash, randomUUID } from 'node:crypto';
import type { Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { mongo, type Connection } from 'mongoose';

export interface StoredBlob {
  blob: string;
  /** Bytes. */
  size: number;
  /** Lower-case hex. */
  sha256: string;
}

/** A stream was longer than allowed; nothing is kept of it. */
export class BlobTooLarge extends Error {
  override readonly name = 'BlobTooLarge';

  constructor(readonly limit: number) {
    super(`more than ${limit} bytes`);
  }
}

/** Bytes of client releases and uploads, in GridFS. */
@Injectable()
export class BlobStore {
  constructor(@InjectConnection() private readonly connection: Connection) {}

  private get bucket(): mongo.GridFSBucket {
    const { db } = this.connection;
    if (!db) throw new mongo.MongoNotConnectedError('not connected to the database');
    return new mongo.GridFSBucket(db, { bucketName: 'blobs' });
  }

  /**
   * Stores a stream, computing size and digest on the way. An upload that breaks off leaves nothing.
   *
   * @throws BlobTooLarge
   */
  async write(name: string, content: Readable, limit = Number.MAX_SAFE_INTEGER): Promise<StoredBlob> {
    const hash = createHash('sha256');
    let size = 0;
    const upload = this.bucket.openUploadStreamWithId(randomUUID() as unknown as mongo.ObjectId, name);
    upload.on('error', () => undefined); // whoever waits for the write is told
    try {
      for await (const chunk of content as AsyncIterable<Buffer>) {
        size += chunk.length;
        if (size > limit) throw new BlobTooLarge(limit);
        hash.update(chunk);
        await written(upload, chunk);
      }
      upload.end();
      await finished(upload);
    } catch (error) {
      await upload.abort().catch(() => undefined);
      throw error;
    }
    return { blob: String(upload.id), size, sha256: hash.digest('hex') };
  }

  /** Bytes from `start` (inclusive) to `end` (exclusive). */
  read(blob: string, range?: { start: number; end: number }): Readable {
    return this.bucket.openDownloadStream(blob as unknown as mongo.ObjectId, range ?? {});
  }

  /** One that is gone already is fine. */
  async remove(blob: string): Promise<void> {
    try {
      await this.bucket.delete(blob as unknown as mongo.ObjectId);
    } catch (error) {
      if (!(error instanceof mongo.MongoRuntimeError)) throw error;
    }
  }
}

/** Each write is waited for: one that is still under way would come after the clean-up of an upload that broke off. */
function written(upload: Writable, chunk: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    upload.write(chunk, (error) => (error ? reject(error) : resolve()));
  });
}
