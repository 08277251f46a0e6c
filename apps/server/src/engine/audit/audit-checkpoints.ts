import { Injectable, Logger } from '@nestjs/common';
import type { AuditCheckpoint as WireCheckpoint, ShownContradiction } from '#contract';
import type { AuditCheckpoint, AuditContradiction, AuditHead, AuditPoint } from '#domain';
import { AuditChainRepository } from '#persistence';
import {
  areContrary,
  CHAIN_START,
  type Checkpoint,
  checkpointHash,
  checkpointText,
  isSignedBy,
  publicKeyFromText,
  readCheckpoint,
} from '#sealing';
import { ServerKeys } from '../../platform/keys/server-keys.js';

/** Entries after which a checkpoint is made. */
const EVERY_ENTRIES = 1000;
/** And the time after which it is made for fewer. */
const EVERY_MS = 60 * 60_000;
/** Thousands of DPs may ask in the same moment. */
const TOLD_MS = 10_000;

/** Signs where the audit's chain stands. Servers may do it beside each other: there is one checkpoint of a number. */
@Injectable()
export class AuditCheckpoints {
  private readonly log = new Logger(AuditCheckpoints.name);
  private told: { at: number; checkpoint: Promise<AuditCheckpoint | null> } = {
    at: -Infinity,
    checkpoint: Promise.resolve(null),
  };

  constructor(
    private readonly chain: AuditChainRepository,
    private readonly keys: ServerKeys,
  ) {}

  /** The newest one as DPs get it, to keep it; some seconds old at most. Null also when it cannot be read: orders go on. */
  async forDps(): Promise<WireCheckpoint | null> {
    if (performance.now() - this.told.at > TOLD_MS) {
      this.told = { at: performance.now(), checkpoint: this.readForDps() };
    }
    const newest = await this.told.checkpoint;
    if (!newest) return null;
    const { id: _, at, ...fields } = newest;
    return { ...fields, at: at.toISOString() };
  }

  private async readForDps(): Promise<AuditCheckpoint | null> {
    try {
      return await this.chain.newestCheckpoint();
    } catch (error) {
      this.log.warn(
        { err: error },
        'DPs are not told of the newest checkpoint of the audit: it cannot be read',
      );
      this.told = { at: -Infinity, checkpoint: Promise.resolve(null) };
      return null;
    }
  }

  /** What is stored as a checkpoint, if it is one that this server's key has signed; else null. */
  own(stored: unknown): Checkpoint | null {
    const checkpoint = readCheckpoint(stored);
    const key = publicKeyFromText('ed25519', this.keys.serverKey);
    const isOwn = key && checkpoint?.key === this.keys.serverKey && isSignedBy(key, checkpoint);
    return isOwn ? checkpoint : null;
  }

  /**
   * What a DP shows of the audit, if it is proof: both are signed by a key of this installation, and they cannot be of one chain, or
   * what the DP had kept is not (any more) what is stored here.
   *
   * @returns null when it proves nothing: whoever has joined can say anything
   */
  async proven({ had, has }: ShownContradiction): Promise<AuditContradiction | null> {
    if (!(await this.isSigned(had)) || !(await this.isSigned(has))) return null;
    if (!areContrary(had, has) && (await this.isStored(had))) return null;
    return { had: pointOf(had), has: pointOf(has), at: has.at };
  }

  private async isSigned(checkpoint: WireCheckpoint): Promise<boolean> {
    const key = publicKeyFromText('ed25519', checkpoint.key);
    if (!key || !isSignedBy(key, checkpoint)) return false;
    // one of before, as long as something is stored that it has signed
    return checkpoint.key === this.keys.serverKey || this.chain.hasSigned(checkpoint.key);
  }

  private async isStored(checkpoint: WireCheckpoint): Promise<boolean> {
    const stored = readCheckpoint(await this.chain.storedCheckpoint(checkpoint.number));
    return stored !== null && checkpointHash(stored) === checkpointHash(checkpoint);
  }

  /** Makes the next checkpoint when it is due. */
  async run(now: Date): Promise<void> {
    // in this order: the head only grows, so a checkpoint never speaks of less than the one before it
    const newest = await this.chain.newestCheckpoint();
    const head = await this.chain.head();
    if (head && isDue(newest, head, now)) await this.sign(newest, head, null, now);
  }

  /**
   * Signs where the chain stands, or that its beginning is removed.
   *
   * @param newest as it was read before `position` was
   * @returns null when somebody else was faster
   */
  async sign(
    newest: AuditCheckpoint | null,
    { sequence, hash }: Pick<AuditHead, 'sequence' | 'hash'>,
    removed: AuditCheckpoint['removed'],
    at: Date,
  ): Promise<Omit<AuditCheckpoint, 'id'> | null> {
    const statement = {
      number: (newest?.number ?? 0) + 1,
      sequence,
      hash,
      at,
      previous: newest ? checkpointHash(newest) : CHAIN_START,
      removed,
      key: this.keys.serverKey,
    };
    const signed = { ...statement, signature: this.keys.signText(checkpointText(statement)) };
    if (!(await this.chain.addCheckpoint(signed))) return null;
    // a log that is kept elsewhere is a witness, too
    this.log.log({ checkpoint: statement.number, sequence, hash }, 'audit checkpoint');
    return signed;
  }
}

function isDue(newest: AuditCheckpoint | null, { sequence }: AuditHead, now: Date): boolean {
  const fresh = sequence - (newest?.sequence ?? 0);
  if (fresh <= 0) return false;
  // one of a time to come was signed by a clock that was ahead: it is not waited for
  return !newest || fresh >= EVERY_ENTRIES || Math.abs(now.getTime() - newest.at.getTime()) >= EVERY_MS;
}

/** What a checkpoint speaks of. */
export function pointOf({ number, sequence }: WireCheckpoint): AuditPoint {
  return { checkpoint: number, sequence };
}
