import { z } from 'zod';
import { DamagedArchive } from './damaged-archive.js';

/** Changes that readers of before cannot understand make it the next one. */
export const FORMAT = 1;

/** Names of the parts that every archive has. */
export const PART = { about: 'relaypoint-backup.json', manifest: 'manifest.json', digest: 'sha256' } as const;

/** The first part: what this is, before anything of it is read. */
const about = z.strictObject({
  format: z.literal(FORMAT),
  /** Of Relaypoint. */
  version: z.string(),
  /** When it was begun. */
  begunAt: z.iso.datetime(),
  /** Migrations that had been run on the database, in their order. */
  migrations: z.array(z.string()),
  withKeys: z.boolean(),
});
export type About = z.infer<typeof about>;

const part = z.strictObject({
  name: z.string(),
  /** Of the stored bytes, lower-case hex. */
  sha256: z.string(),
  /** Absent: it holds no documents. */
  collection: z.string().optional(),
  documents: z.int().min(0).optional(),
  /** Its documents stand for those of the same id in earlier parts. */
  replaces: z.boolean().optional(),
});
export type Part = z.infer<typeof part>;

/** The last part but one: what there has to be. */
const manifest = z.strictObject({
  format: z.literal(FORMAT),
  endedAt: z.iso.datetime(),
  /** Fingerprints by which the database knows its server keys; null: no server has run on it. */
  serverKeys: z.strictObject({ signing: z.string(), token: z.string() }).nullable(),
  parts: z.array(part),
  /** Files in GridFS that were deleted while they were read. */
  incompleteBlobs: z.array(z.string()),
});
export type Manifest = z.infer<typeof manifest>;

/** @throws DamagedArchive */
export function readAbout(content: Buffer): About {
  return read(about, content, PART.about);
}

/** @throws DamagedArchive */
export function readManifest(content: Buffer): Manifest {
  return read(manifest, content, PART.manifest);
}

function read<Shape>(schema: z.ZodType<Shape>, content: Buffer, name: string): Shape {
  let value: unknown;
  try {
    value = JSON.parse(content.toString());
  } catch {
    throw new DamagedArchive(`${name} is damaged`);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new DamagedArchive(`${name} is damaged, or of a later version of Relaypoint`);
  return parsed.data;
}
