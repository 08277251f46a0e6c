/**
 * What is wrong with a chain:
 *
 * - `changed`: a row's content is not what was linked
 * - `missing`: rows are gone from between others
 * - `repeated`: a row has the number of another one
 * - `broken`: a row does not follow from the one before it
 * - `unreadable`: a link that is none
 * - `cut-off`: rows, or checkpoints, are gone from the end
 * - `contradicted`: what was signed, or kept elsewhere, says otherwise
 * - `unsigned`: a checkpoint that no key that counts has signed
 * - `unarchived`: rows were removed, as a checkpoint says, and no archive has them
 * - `unlinked`: a row that waits for its link for too long, or that no server links
 */
export type ChainFaultKind =
  | 'changed'
  | 'missing'
  | 'repeated'
  | 'broken'
  | 'unreadable'
  | 'cut-off'
  | 'contradicted'
  | 'unsigned'
  | 'unarchived'
  | 'unlinked';

export interface ChainFault {
  kind: ChainFaultKind;
  /** Of the row, the first where there are several; null: it is about no row. */
  sequence: number | null;
  /** Id of the row, where there is one. */
  entry: string | null;
  /** A sentence for people. */
  text: string;
}

/** Where a chain stands, as somebody has noted it. */
export interface ChainPosition {
  sequence: number;
  hash: string;
}

/** A hash that a row must have, and who says so. */
export interface Anchor extends ChainPosition {
  source: string;
}

export function fault(
  kind: ChainFaultKind,
  sequence: number | null,
  text: string,
  entry: string | null = null,
): ChainFault {
  return { kind, sequence, entry, text };
}
