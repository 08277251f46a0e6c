import { Injectable } from '@nestjs/common';
import type { RetentionPlan } from '#domain';
import { AuditChainRepository, AuditRepository, type LinkedAuditRow, retryWhenBeaten } from '#persistence';
import {
  CHAIN_START,
  type ChainLink,
  type ChainPosition,
  type Checkpoint,
  checkpointHash,
  linkHash,
  markedRow,
} from '#sealing';
import { AuditCheckpoints } from '../audit/audit-checkpoints.js';
import type { ArchivedDocument, RetentionKeeper } from './retention-keeper.js';

/** Entries removed together. */
const BATCH = 2000;
const DIGITS = 12;

/** Entries are not removed while the chain is at fault: they may be what shows who has changed it. */
export class AuditChainFault extends Error {
  override readonly name = 'AuditChainFault';

  constructor(
    readonly sequence: number,
    why = `the audit does not hold together at entry ${sequence}`,
  ) {
    super(`${why}: nothing of it is removed; relaypoint-admin verify-audit tells what is wrong`);
  }
}

interface Entry {
  row: LinkedAuditRow['row'];
  link: ChainLink;
}

type Range = NonNullable<RetentionPlan['range']>;

/**
 * Entries of the audit, from the beginning of their chain on. A checkpoint says where the chain begins from then on, before
 * any of them goes (docs/adr/0033). Whoever can write to the database must not get a forged entry signed by it: a part goes
 * only when all checkpoints that speak of it bear it out.
 */
@Injectable()
export class AuditKeeper implements RetentionKeeper {
  readonly kind = 'audit';

  constructor(
    private readonly entries: AuditRepository,
    private readonly chain: AuditChainRepository,
    private readonly checkpoints: AuditCheckpoints,
  ) {}

  /** @throws AuditChainFault */
  async *plans(before: Date): AsyncGenerator<RetentionPlan> {
    let start = await this.beginning();
    for (;;) {
      const from = start.sequence + 1;
      let { sequence, hash } = start;
      for await (const { row, link } of this.walk(start)) {
        if (timeOf(row, link) >= before) break;
        ({ sequence, hash } = link);
        if (sequence - from + 1 === BATCH) break;
      }
      if (sequence < from) return;
      const range = { from, to: sequence, hash };
      // it is some hours old at least, so it has a checkpoint, or gets one
      if (!(await this.isVouchedFor(range, start))) return;
      yield { file: fileOf(range), keys: [], range, archived: false, archive: null };
      start = { sequence, hash };
    }
  }

  /** @throws AuditChainFault when they are not what was planned, or not all of it: another server may have removed them */
  async *documents({ range }: RetentionPlan): AsyncGenerator<ArchivedDocument> {
    if (!range) return;
    let end: ChainPosition | null = null;
    for (const { row, link } of await this.entries.chainedAfter(range.from - 1, range.to - range.from + 1)) {
      end = follower(row, link, end ?? { sequence: range.from - 1, hash: (link as ChainLink).previous });
      // as it is hashed: the line shows what it was
      yield { collection: 'audit', document: markedRow({ ...row, chain: link }) };
    }
    if (end?.sequence !== range.to || end.hash !== range.hash) throw new AuditChainFault(range.to);
  }

  async remove({ range, archive }: RetentionPlan, now: Date): Promise<Record<string, number>> {
    if (!range) return {};
    const { from, to: sequence, hash } = range;
    await retryWhenBeaten('a checkpoint of the audit', async () => {
      const newest = await this.chain.newestCheckpoint();
      const start = await this.beginning();
      if (start.sequence >= sequence) return true;
      const head = await this.chain.head();
      // looked at once more: what is stored as a plan is signed here
      if (!head || !(await this.isVouchedFor(range, start))) throw new AuditChainFault(sequence);
      return (await this.checkpoints.sign(newest, head, { sequence, hash, archive }, now)) ? true : undefined;
    });
    return { audit: await this.entries.removeRange(from, sequence) };
  }

  /** Behind what was removed. */
  private async beginning(): Promise<ChainPosition> {
    const stored = await this.chain.newestRemoval();
    if (!stored?.removed) return { sequence: 0, hash: CHAIN_START };
    const { removed, number } = stored;
    if (!this.checkpoints.own(stored)) throw notOwn(removed.sequence, number);
    return removed;
  }

  /**
   * Whether checkpoints speak of all of a part, and of it as it is.
   *
   * @returns false: they do not speak of its end yet
   * @throws AuditChainFault when one of them says otherwise, was taken out, or is not signed by this server's key
   */
  private async isVouchedFor({ from, to, hash }: Range, start: ChainPosition): Promise<boolean> {
    if (from !== start.sequence + 1) throw new AuditChainFault(from);
    const signed = await this.checkpointsAround(from - 1, to);
    const last = signed.at(-1)?.sequence ?? 0;
    if (last < to) return false;
    const hashes = Map.groupBy(signed, ({ sequence }) => sequence);
    const compare = (at: ChainPosition): void => {
      const isOther = (hashes.get(at.sequence) ?? []).some((one) => one.hash !== at.hash);
      if (isOther || (at.sequence === to && at.hash !== hash)) throw new AuditChainFault(at.sequence);
    };
    compare(start);
    let end = start;
    for await (const { link } of this.walk(start)) {
      compare(link);
      end = link;
      if (end.sequence === last) break;
    }
    if (end.sequence < last) throw new AuditChainFault(end.sequence + 1);
    return true;
  }

  private async checkpointsAround(from: number, to: number): Promise<Checkpoint[]> {
    const stored = await this.chain.storedAround(from, to);
    let before: Checkpoint | null = null;
    return stored.map((one) => {
      const checkpoint = this.checkpoints.own(one);
      if (!checkpoint) throw notOwn(Number(one['sequence']), one['number']);
      const { number, previous, sequence } = checkpoint;
      const isNext = before
        ? number === before.number + 1 && previous === checkpointHash(before)
        : sequence < from || number === 1;
      if (!isNext) throw new AuditChainFault(sequence);
      before = checkpoint;
      return checkpoint;
    });
  }

  /** Entries behind one, as long as each follows from the one before it. @throws AuditChainFault at the first that does not */
  private async *walk(start: ChainPosition): AsyncGenerator<Entry> {
    let at = start;
    for (;;) {
      const batch = await this.entries.chainedAfter(at.sequence, BATCH);
      for (const { row, link } of batch) {
        const next = follower(row, link, at);
        yield { row, link: next };
        at = next;
      }
      if (batch.length < BATCH) return;
    }
  }
}

/** The link of an entry, if it follows from the one before it. @throws AuditChainFault */
function follower(row: LinkedAuditRow['row'], link: unknown, { sequence, hash }: ChainPosition): ChainLink {
  const read = link as ChainLink;
  if (read.sequence !== sequence + 1 || read.previous !== hash || linkHash(row, read) !== read.hash) {
    throw new AuditChainFault(sequence + 1);
  }
  return read;
}

function notOwn(sequence: number, number: unknown): AuditChainFault {
  const why = `checkpoint ${String(number)} of the audit is not signed by this server's key`;
  return new AuditChainFault(sequence, why);
}

/** When an entry was seen for sure; what was there before the chain says it itself. */
function timeOf(row: LinkedAuditRow['row'], { at, before }: ChainLink): Date {
  const time = before && row['at'] instanceof Date ? row['at'] : at;
  return new Date(time);
}

/** The hash tells it from the part of the same numbers of a chain that was put back from a backup. */
function fileOf({ from, to, hash }: Range): string {
  return `audit-${numbered(from)}-${numbered(to)}-${hash.slice(0, DIGITS)}.ndjson.gz`;
}

function numbered(sequence: number): string {
  return String(sequence).padStart(DIGITS, '0');
}
