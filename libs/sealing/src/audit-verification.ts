import { CHAIN_START, type ChainLink, type ChainRow, linkHash } from './audit-chain.js';
import {
  anchorsOf,
  checkCheckpoints,
  type CheckpointSources,
  type SignedRemoval,
} from './audit-checkpoints.js';
import { type Anchor, type ChainFault, type ChainPosition, fault } from './audit-faults.js';

/** What a chain is verified by. Rows and checkpoints are read from beginning to end, never held. */
export interface ChainParts extends CheckpointSources {
  /** By sequence; with their links as they are stored. */
  rows: () => AsyncIterable<{ row: ChainRow; link: unknown }>;
  /** Where the chain stands; asked before and after, for servers may go on linking meanwhile. */
  head: () => Promise<ChainPosition | null>;
  /** Rows that retention has planned to remove, by their sequence; asked when the checkpoints have been read. */
  removing?: () => Promise<{ from: number; to: number } | null>;
}

/** What was looked at. */
export interface ChainEnd extends ChainPosition {
  rows: number;
  /** Of them, those from before there was a chain. */
  before: number;
  checkpoints: number;
  /** Rows up to this one are vouched for by a signature; 0: none. */
  signed: number;
  /** Rows up to this one have been removed, as a signature says; 0: none. */
  removed: number;
  removals: SignedRemoval[];
}

/**
 * Goes through a chain and tells each fault of it. Constant memory, whatever its length.
 *
 * @returns what was looked at, after the last fault
 */
export async function* verifyChain(parts: ChainParts): AsyncGenerator<ChainFault, ChainEnd> {
  const first = await parts.head();
  const signed = yield* checkCheckpoints(parts);
  const removing = (await parts.removing?.()) ?? null;
  const walk = new ChainWalk(signed.removal ?? { sequence: 0, hash: CHAIN_START }, removing);
  const anchors = anchorsOf(parts, signed);
  let anchor = await anchors.next();
  for (; !anchor.done && anchor.value.sequence <= walk.end.sequence; anchor = await anchors.next()) {
    yield* walk.compare(anchor.value);
  }
  for await (const { row, link } of parts.rows()) {
    yield* walk.step(row, link);
    while (!anchor.done && anchor.value.sequence <= walk.end.sequence) {
      yield* walk.compare(anchor.value);
      anchor = await anchors.next();
    }
  }
  for (; !anchor.done; anchor = await anchors.next()) yield* walk.compare(anchor.value);
  yield* endFaults(walk.end, first, await parts.head());
  const { count, newest, removal, removals } = signed;
  return {
    ...walk.end,
    rows: walk.rows,
    before: walk.before,
    checkpoints: count,
    signed: newest,
    removed: removal?.sequence ?? 0,
    removals,
  };
}

function* endFaults(
  end: ChainPosition,
  first: ChainPosition | null,
  last: ChainPosition | null,
): Generator<ChainFault> {
  if (!first || !last) {
    if (end.sequence > 0) yield fault('cut-off', null, 'the record of where the chain stands is gone');
  } else if (end.sequence < first.sequence) {
    const text = `${gone(end.sequence + 1, first.sequence)} from the end of the chain`;
    yield fault('cut-off', end.sequence + 1, text);
  } else if (end.sequence > last.sequence) {
    const text = `entries from ${last.sequence + 1} to ${end.sequence} were never linked by a server`;
    yield fault('contradicted', last.sequence + 1, text);
  } else if (end.sequence === last.sequence && end.hash !== last.hash) {
    const text = `entry ${end.sequence} is not the one that a server linked last`;
    yield fault('contradicted', end.sequence, text);
  }
}

/** The chain from one row to the next. */
class ChainWalk {
  rows = 0;
  before = 0;
  /** Hashes of all rows that have the number of the last one: more than one where rows were put in. */
  private hashes: string[];
  private sequence: number;
  private gapFrom = 0;
  /** The last row that is being removed. */
  private going: ChainPosition | null = null;

  constructor(
    private readonly start: ChainPosition,
    private readonly removing: { from: number; to: number } | null,
  ) {
    this.sequence = start.sequence;
    this.hashes = [start.hash];
  }

  /** The last row. */
  get end(): ChainPosition {
    return { sequence: this.sequence, hash: this.hashes[0] ?? CHAIN_START };
  }

  *step(row: ChainRow, stored: unknown): Generator<ChainFault> {
    this.rows += 1;
    const link = readLink(stored);
    if (!link) {
      yield fault('unreadable', null, `entry ${row.id} has a link that is none`, row.id);
      return;
    }
    if (link.sequence <= this.start.sequence) {
      yield* this.goes(row, link);
      return;
    }
    if (link.before) this.before += 1;
    if (linkHash(row, link) !== link.hash) {
      yield fault('changed', link.sequence, `entry ${link.sequence} (${row.id}) has been changed`, row.id);
    }
    if (link.sequence <= this.sequence) {
      const text = `entry ${link.sequence} is there more than once; one of them, such as ${row.id}, was put in`;
      yield fault('repeated', link.sequence, text, row.id);
      if (link.sequence === this.sequence) this.hashes.push(link.hash);
      return;
    }
    yield* this.follow(row, link);
    this.sequence = link.sequence;
    this.hashes = [link.hash];
  }

  /** A row that is removed already: it may be there only while retention is at it, and as it was. */
  private *goes(row: ChainRow, link: ChainLink): Generator<ChainFault> {
    const { sequence, previous, hash } = link;
    const { going, removing, start } = this;
    this.going = { sequence, hash };
    if (!removing || sequence < removing.from || sequence > removing.to) {
      const text = `entry ${sequence} (${row.id}) was removed as a checkpoint says, and is there: it was put in`;
      yield fault('repeated', sequence, text, row.id);
      return;
    }
    const follows = going?.sequence === sequence - 1 ? previous === going.hash : going?.sequence !== sequence;
    const fits = follows && (sequence < start.sequence || hash === start.hash);
    if (fits && linkHash(row, link) === hash) return;
    const text = `entry ${sequence} (${row.id}), which is being removed, is not what it was`;
    yield fault('changed', sequence, text, row.id);
  }

  private *follow(row: ChainRow, link: ChainLink): Generator<ChainFault> {
    this.gapFrom = 0;
    const expected = this.sequence + 1;
    if (link.sequence > expected) {
      this.gapFrom = expected;
      yield fault('missing', expected, gone(expected, link.sequence - 1));
    } else if (!this.hashes.includes(link.previous)) {
      const text = `entry ${link.sequence} (${row.id}) does not follow from the one before it`;
      yield fault('broken', link.sequence, text, row.id);
    }
  }

  *compare({ sequence, hash, source }: Anchor): Generator<ChainFault> {
    if (sequence > this.sequence) {
      const text = `${source} has seen entry ${sequence}, and the chain ends at ${this.sequence}`;
      yield fault('cut-off', this.sequence + 1, text);
    } else if (sequence === this.sequence && !this.hashes.includes(hash)) {
      const text = `${source} has seen another entry ${sequence}: it, or what came before it, has been written anew`;
      yield fault('contradicted', sequence, text);
    } else if (sequence < this.sequence && this.gapFrom === 0) {
      // each row was compared when it was the last one
      yield fault(
        'contradicted',
        sequence,
        `${source} speaks of entry ${sequence} after others of later ones`,
      );
    }
  }
}

function gone(from: number, to: number): string {
  return from === to ? `entry ${from} is gone` : `entries ${from} to ${to} are gone`;
}

function readLink(stored: unknown): ChainLink | null {
  if (typeof stored !== 'object' || stored === null) return null;
  const { sequence, previous, at, before, hash } = stored as Record<keyof ChainLink, unknown>;
  const isWhole =
    Number.isSafeInteger(sequence) &&
    typeof previous === 'string' &&
    (at instanceof Date || typeof at === 'string') &&
    typeof before === 'boolean' &&
    typeof hash === 'string';
  if (!isWhole || Object.keys(stored).length !== 5) return null;
  return { sequence: Number(sequence), previous, at, before, hash };
}
