import { createHash, randomUUID } from 'node:crypto';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
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
    const measure = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        size += chunk.length;
        hash.update(chunk);
        if (size > limit) done(new BlobTooLarge(limit));
        else done(null, chunk);
      },
    });
    const upload = this.bucket.openUploadStreamWithId(randomUUID() as unknown as mongo.ObjectId, name);
    try {
      await pipeline(content, measure, upload);
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
