import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { mongo } from 'mongoose';
import { DamagedArchive } from './damaged-archive.js';
import type { TarEntry } from './tar.js';

const decompress = promisify(gunzip);

/** What a part unpacks to at most; a document has 16 MiB and comes on top of a part that is not full. */
const MOST_BYTES = 64 * 1024 * 1024;

/** A document as it is stored, whatever its collection. */
type StoredDocument = { _id: unknown } & Record<string, unknown>;

/** A part with documents. */
export interface DocumentsPart {
  collection: string;
  /** Its documents stand for those of the same id in earlier parts. */
  replaces: boolean;
  documents: StoredDocument[];
}

/** The documents of a part; null: it has none, but a key. @throws DamagedArchive */
export async function documentsOf({ name, content }: TarEntry): Promise<DocumentsPart | null> {
  const [, folder] = /^documents\/([\w.-]+)\/\d{6}\.bson\.gz$/.exec(name) ?? [];
  if (folder === undefined) return null;
  const replaces = folder.endsWith('-again');
  const collection = replaces ? folder.slice(0, -'-again'.length) : folder;
  try {
    const bson = await decompress(content, { maxOutputLength: MOST_BYTES });
    const documents: StoredDocument[] = [];
    for (let at = 0; at < bson.length;) {
      const size = bson.readInt32LE(at);
      documents.push(mongo.BSON.deserialize(bson.subarray(at, at + size)) as StoredDocument);
      at += size;
    }
    return { collection, replaces, documents };
  } catch {
    throw new DamagedArchive(`${name} is damaged`);
  }
}

/** Name of the key file that a part is; null: it is none. */
export function keyNameOf({ name }: TarEntry): string | null {
  return /^keys\/([\w.-]+)$/.exec(name)?.[1] ?? null;
}
