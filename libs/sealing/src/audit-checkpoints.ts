import {
  CHAIN_START,
  type ChainRemoval,
  type Checkpoint,
  checkpointHash,
  isSignedBy,
} from './audit-chain.js';
import { type Anchor, type ChainFault, type ChainPosition, fault } from './audit-faults.js';
import { publicKeyFromText } from './keys.js';

/** Checkpoints, and what makes them count. */
export interface CheckpointSources {
  /** As they are stored, by number; read more than once. */
  checkpoints: () => AsyncIterable<unknown>;
  /** Checkpoints that somebody else kept. */
  witnesses: readonly Witness[];
  /** Whether a public key (base64url) is one that signs for this installation. */
  isTrusted: (key: string) => boolean;
}

export interface Witness {
  /** For people: the file, or the DP. */
  source: string;
  checkpoint: unknown;
}

/** That rows were removed, as a checkpoint says. */
export interface SignedRemoval extends ChainRemoval {
  /** Of the checkpoint. */
  number: number;
  /** When it was signed. */
  at: Date | string;
}

/** What the checkpoints say together. */
export interface Signed {
  count: number;
  /** Sequence of the newest that is signed; 0: none. */
  newest: number;
  /** The newest removal that is signed. */
  removal: ChainPosition | null;
  /** All that are signed, by the number of their checkpoints. */
  removals: SignedRemoval[];
}

/** Holds the checkpoints against each other, their signatures, and what others kept of them. */
export async function* checkCheckpoints(parts: CheckpointSources): AsyncGenerator<ChainFault, Signed> {
  const kept = yield* checkWitnesses(parts);
  const signed: Signed = { count: 0, newest: 0, removal: null, removals: [] };
  let before = { hash: CHAIN_START, sequence: 0 };
  for await (const stored of parts.checkpoints()) {
    const checkpoint = readCheckpoint(stored);
    signed.count += 1;
    const { count } = signed;
    if (!checkpoint) {
      yield fault('unreadable', null, `checkpoint ${count} is none`);
      continue;
    }
    if (checkpoint.number !== count || checkpoint.previous !== before.hash) {
      const text = `checkpoint ${checkpoint.number} does not follow from the one before it: one was changed, put in or taken out`;
      yield fault('contradicted', checkpoint.sequence, text);
      signed.count = checkpoint.number;
    }
    before = { hash: checkpointHash(checkpoint), sequence: checkpoint.sequence };
    if (!isSigned(parts, checkpoint)) {
      yield fault(
        'unsigned',
        checkpoint.sequence,
        `checkpoint ${checkpoint.number} has no signature that counts`,
      );
      continue;
    }
    signed.newest = Math.max(signed.newest, checkpoint.sequence);
    if (checkpoint.removed) {
      signed.removal = checkpoint.removed;
      signed.removals.push({ ...checkpoint.removed, number: checkpoint.number, at: checkpoint.at });
    }
    for (const { source, hash } of kept.get(checkpoint.number) ?? []) {
      if (hash === before.hash) continue;
      const text = `${source} has another checkpoint ${checkpoint.number}: the chain has been written anew, or put back from a backup`;
      yield fault('contradicted', checkpoint.sequence, text);
    }
    kept.delete(checkpoint.number);
  }
  for (const [number, [first]] of [...kept].filter(([one]) => one > signed.count)) {
    const text = `${first?.source} has seen checkpoint ${number}, and the last is ${signed.count}`;
    yield fault('cut-off', first?.sequence ?? null, text);
  }
  return signed;
}

interface Kept {
  source: string;
  hash: string;
  sequence: number;
}

async function* checkWitnesses(parts: CheckpointSources): AsyncGenerator<ChainFault, Map<number, Kept[]>> {
  const kept = new Map<number, Kept[]>();
  for (const { source, checkpoint: stored } of parts.witnesses) {
    const checkpoint = readCheckpoint(stored);
    if (!checkpoint || !isSigned(parts, checkpoint)) {
      const what = checkpoint ? `checkpoint ${checkpoint.number}` : 'something';
      yield fault(
        'unsigned',
        checkpoint?.sequence ?? null,
        `${source}: ${what} has no signature that counts`,
      );
      continue;
    }
    const { number, sequence } = checkpoint;
    const others = kept.get(number) ?? [];
    kept.set(number, [...others, { source, hash: checkpointHash(checkpoint), sequence }]);
  }
  return kept;
}

/** What signed checkpoints and witnesses say of rows that have not been removed, by sequence. */
export async function* anchorsOf(
  parts: CheckpointSources,
  signed: Signed,
): AsyncGenerator<Anchor, undefined> {
  const start = signed.removal?.sequence ?? 0;
  const kept = parts.witnesses
    .flatMap(({ source, checkpoint: stored }): Anchor[] => {
      const checkpoint = readCheckpoint(stored);
      if (!checkpoint || !isSigned(parts, checkpoint)) return [];
      return [{ sequence: checkpoint.sequence, hash: checkpoint.hash, source }];
    })
    .toSorted((a, b) => a.sequence - b.sequence);
  let next = 0;
  for await (const stored of parts.checkpoints()) {
    const checkpoint = readCheckpoint(stored);
    if (!checkpoint || !isSigned(parts, checkpoint)) continue;
    // made since they were counted: of rows that may not have been read
    if (checkpoint.number > signed.count) break;
    const { number, sequence, hash } = checkpoint;
    for (let one = kept[next]; one && one.sequence <= sequence; one = kept[(next += 1)]) {
      if (one.sequence >= start) yield one;
    }
    if (sequence >= start) yield { sequence, hash, source: `checkpoint ${number}` };
  }
  for (const one of kept.slice(next)) if (one.sequence >= start) yield one;
  return undefined;
}

function isSigned({ isTrusted }: CheckpointSources, checkpoint: Checkpoint): boolean {
  const key = publicKeyFromText('ed25519', checkpoint.key);
  return key !== null && isTrusted(checkpoint.key) && isSignedBy(key, checkpoint);
}

/** @returns null for what has not the form of a checkpoint */
export function readCheckpoint(stored: unknown): Checkpoint | null {
  if (typeof stored !== 'object' || stored === null) return null;
  const {
    number,
    sequence,
    hash,
    at,
    previous,
    removed = null,
    key,
    signature,
  } = stored as Record<string, unknown>;
  if (!Number.isSafeInteger(number) || !Number.isSafeInteger(sequence)) return null;
  if (!(at instanceof Date) && typeof at !== 'string') return null;
  if (typeof hash !== 'string' || typeof previous !== 'string') return null;
  if (typeof key !== 'string' || typeof signature !== 'string') return null;
  if (!isRemoval(removed)) return null;
  return { number: Number(number), sequence: Number(sequence), hash, at, previous, removed, key, signature };
}

function isRemoval(value: unknown): value is Checkpoint['removed'] {
  if (value === null) return true;
  if (typeof value !== 'object') return false;
  const { sequence, hash, archive } = value as Record<string, unknown>;
  if (!Number.isSafeInteger(sequence) || typeof hash !== 'string') return false;
  if (archive === null) return true;
  const { file, sha256 } = (archive ?? {}) as Record<string, unknown>;
  return typeof file === 'string' && typeof sha256 === 'string';
}
