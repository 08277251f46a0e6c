import type { KeyObject } from 'node:crypto';
import { sha256 } from './bytes.js';
import { canonicalJson } from './canonical-json.js';
import { verifyText } from './signature.js';

/** What the first link has in the place of the hash before it. */
export const CHAIN_START = '0'.repeat(64);

/** What ties a row of the audit to the one before it. */
export interface ChainLink {
  /** From 1, without gaps. */
  sequence: number;
  /** Hash of the row before; {@link CHAIN_START} for the first. */
  previous: string;
  /** When it was linked: the row cannot have been changed since without being found. */
  at: Date | string;
  /** Whether it was written before there was a chain: until `at` nothing had shown a change of it. */
  before: boolean;
  /** SHA-256 of the row with the rest of this link; see {@link linkHash}. */
  hash: string;
}

/** A row as it is stored, whatever its fields. */
export type ChainRow = Readonly<Record<string, unknown>> & { readonly id: string };

/** SHA-256, as lower-case hex, of the canonical JSON (RFC 8785) of {@link markedRow} with the link in `chain` but for its hash. */
export function linkHash(row: ChainRow, link: Omit<ChainLink, 'hash'>): string {
  const { sequence, previous, at, before } = link;
  return sha256(canonicalJson(markedRow({ ...row, chain: { sequence, previous, at, before } })));
}

/**
 * A row as JSON that shows of which type each value was, so that none can be put for another one unseen: a time is
 * `{"$date": "…"}`, any other type of the database `{"$bson": [type, …]}`, a number that JSON does not know `{"$number": "NaN"}`,
 * and an object with a name like these `{"$object": {…}}`. Whole numbers and others are told apart by nothing but their value.
 */
export function markedRow(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, marked(value)]));
}

function marked(value: unknown): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : { $number: String(value) };
  if (typeof value === 'bigint') return { $bson: ['Long', String(value)] };
  if (value === undefined) return { $bson: ['Undefined'] };
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return { $date: Number.isNaN(value.getTime()) ? null : value.toISOString() };
  if (Array.isArray(value)) return Array.from(value, marked);
  if (isPlain(value)) {
    const fields = markedRow(value);
    return Object.keys(fields).some((name) => name.startsWith('$')) ? { $object: fields } : fields;
  }
  if (value instanceof RegExp) return { $bson: ['RegExp', String(value)] };
  const type = (value as { _bsontype?: unknown })._bsontype;
  return {
    $bson: [typeof type === 'string' ? type : 'Binary', JSON.parse(JSON.stringify(value)) as unknown],
  };
}

/** Not by a field of it, which anybody can write: objects of the driver have a prototype of their own. */
function isPlain(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.hasOwn(value, '_bsontype');
}

/** What the beginning of the chain was cut off by, when rows have been kept long enough. */
export interface ChainRemoval {
  /** Of the last row that was removed; the chain begins behind it. */
  sequence: number;
  hash: string;
  /** Where the rows went; null: nowhere. */
  archive: { file: string; sha256: string } | null;
}

/** What the server signs of the chain now and then. */
export interface CheckpointStatement {
  /** From 1, without gaps. */
  number: number;
  /** Of the newest row that it speaks of. */
  sequence: number;
  /** Of that row. */
  hash: string;
  at: Date | string;
  /** {@link checkpointHash} of the checkpoint before; {@link CHAIN_START} for the first. */
  previous: string;
  removed: ChainRemoval | null;
  /** Raw Ed25519 public key of who signed, base64url. */
  key: string;
}

/** A statement with its signature, base64url. */
export interface Checkpoint extends CheckpointStatement {
  signature: string;
}

/** What is signed: a first line that no other signed text has, then canonical JSON. */
export function checkpointText(statement: CheckpointStatement): string {
  const { number, sequence, hash, at, previous, removed, key } = statement;
  const fields = { number, sequence, hash, at, previous, removed, key };
  return `relaypoint/audit-checkpoint/v1\n${canonicalJson(fields)}`;
}

/** By what a checkpoint is known to the next one: SHA-256 of its signed text, lower-case hex. */
export function checkpointHash(statement: CheckpointStatement): string {
  return sha256(checkpointText(statement));
}

/** Whether a checkpoint is signed by this key; which keys count is the caller's to say. */
export function isSignedBy(key: KeyObject, checkpoint: Checkpoint): boolean {
  return verifyText(key, checkpointText(checkpoint), checkpoint.signature);
}

/** Whether two checkpoints cannot be of one chain; in which order they came says nothing. Signatures are the caller's to verify. */
export function areContrary(one: CheckpointStatement, other: CheckpointStatement): boolean {
  const [first, second] = one.number <= other.number ? [one, other] : [other, one];
  if (first.number === second.number) return checkpointHash(first) !== checkpointHash(second);
  if (second.sequence < first.sequence) return true;
  return second.number === first.number + 1 && second.previous !== checkpointHash(first);
}
