import {
  CHAIN_START,
  type ChainLink,
  type ChainRow,
  type Checkpoint,
  checkpointHash,
  type CheckpointStatement,
  checkpointText,
  linkHash,
} from '../src/audit-chain.js';
import { type KeyPair, publicKeyText } from '../src/keys.js';
import { signText } from '../src/signature.js';

export interface LinkedRow {
  row: ChainRow;
  link: ChainLink;
}

/** When everything of the samples happened. */
export const CHAINED_AT = new Date('2026-03-02T08:00:00Z');

/** Links rows behind one another, as a server does. */
export function linked(rows: readonly ChainRow[], start = { sequence: 0, hash: CHAIN_START }): LinkedRow[] {
  let { sequence, hash } = start;
  return rows.map((row) => {
    sequence += 1;
    const link = { sequence, previous: hash, at: CHAINED_AT, before: false };
    hash = linkHash(row, link);
    return { row, link: { ...link, hash } };
  });
}

/** The checkpoint after another one. */
export function checkpointOf(
  { sequence, hash }: Pick<ChainLink, 'sequence' | 'hash'>,
  before: Checkpoint | undefined,
  pair: KeyPair,
  removed: CheckpointStatement['removed'] = null,
): Checkpoint {
  const statement = {
    number: (before?.number ?? 0) + 1,
    sequence,
    hash,
    at: CHAINED_AT,
    previous: before ? checkpointHash(before) : CHAIN_START,
    removed,
    key: publicKeyText(pair.publicKey),
  };
  return { ...statement, signature: signText(pair.privateKey, checkpointText(statement)) };
}
