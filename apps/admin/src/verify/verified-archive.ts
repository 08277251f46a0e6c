import { documentCheck, laterThan, StoredDocumentError } from '#persistence';
import { readArchive } from '../archive/archive-reader.js';
import { SCHEMA_OF } from '../archive/collections.js';
import { DamagedArchive } from '../archive/damaged-archive.js';
import { documentsOf, keyNameOf, type DocumentsPart } from '../archive/documents.js';
import type { About, Manifest } from '../archive/manifest.js';
import { KEY_RECORD, keysOfRecord } from '../keys/database-keys.js';
import { fingerprintsOf, sameKeys, type Fingerprints } from '../keys/key-files.js';

/** What there is in a backup that is whole. */
export interface VerifiedArchive {
  about: About;
  manifest: Manifest;
  /** Documents by collection; those that were read twice count twice. */
  documents: Record<string, number>;
  keys: ReadonlyMap<string, Buffer>;
  /** Migrations that this version does not know: it cannot use what is in there. */
  later: string[];
}

export interface VerifyOptions {
  passphrase: () => Promise<string>;
  signal: AbortSignal;
  onProgress: (read: number, of: number) => void;
}

/**
 * Reads all of a backup and looks at everything: digests, counts, each document against the schema of its collection (when
 * it is of this version's), and whether the keys are those of the database.
 *
 * @throws DamagedArchive for the first thing that is wrong
 */
export async function verifyArchive(path: string, options: VerifyOptions): Promise<VerifiedArchive> {
  const documents: Record<string, number> = {};
  const counted: { name: string; documents: number }[] = [];
  const keys = new Map<string, Buffer>();
  let recorded: Fingerprints | null = null;
  let isOfThisVersion = true;
  const { about, manifest } = await readArchive(path, options.passphrase, {
    about: ({ migrations }) => void (isOfThisVersion = laterThan(migrations).length === 0),
    progress: options.onProgress,
    part: async (entry) => {
      options.signal.throwIfAborted();
      const key = keyNameOf(entry);
      const part = key === null ? await documentsOf(entry) : null;
      if (key !== null) keys.set(key, entry.content);
      else if (!part) throw new DamagedArchive(`${entry.name} is no part of a backup`);
      if (!part) return;
      counted.push({ name: entry.name, documents: part.documents.length });
      documents[part.collection] = (documents[part.collection] ?? 0) + part.documents.length;
      if (isOfThisVersion) demandValid(part);
      recorded = recordedIn(part) ?? recorded;
    },
  });
  for (const { name, documents: found } of counted) {
    const { documents: wanted } = manifest.parts.find((part) => part.name === name) ?? {};
    if (wanted !== found)
      throw new DamagedArchive(`${name} has ${found} documents, and ${wanted} were written`);
  }
  demandKeys(about, manifest, keys, recorded);
  return { about, manifest, documents, keys, later: laterThan(about.migrations) };
}

function recordedIn({ collection, documents }: DocumentsPart): Fingerprints | null {
  if (collection !== KEY_RECORD.collection) return null;
  return keysOfRecord(documents.find(({ _id }) => _id === KEY_RECORD.id));
}

function demandValid({ collection, documents }: DocumentsPart): void {
  const schema = SCHEMA_OF.get(collection);
  if (!schema) return;
  const check = documentCheck(schema);
  for (const document of documents) {
    try {
      check(document);
    } catch (error) {
      if (error instanceof StoredDocumentError)
        throw new DamagedArchive(`a document is not as this version stores it: ${error.message}`);
      throw error;
    }
  }
}

function demandKeys(
  { withKeys }: About,
  { serverKeys }: Manifest,
  keys: ReadonlyMap<string, Buffer>,
  recorded: Fingerprints | null,
): void {
  if (JSON.stringify(serverKeys) !== JSON.stringify(recorded))
    throw new DamagedArchive('the list of parts names other server keys than the documents');
  if (!withKeys) return;
  const found = fingerprintsOf(keys);
  if (!found) throw new DamagedArchive('the keys are not in the archive, although it should have them');
  if (serverKeys && !sameKeys(serverKeys, found))
    throw new DamagedArchive(
      `the keys are not those of the database: it knows ${serverKeys.signing}, and these are ${found.signing}`,
    );
}
