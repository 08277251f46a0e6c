import { readFile } from 'node:fs/promises';
import type { KeyObject } from 'node:crypto';
import type { AgentInfo } from '#contract';
import {
  type Checkpoint,
  checkpointHash,
  isSignedBy,
  publicKeyText,
  readCheckpoint,
  writePrivateFile,
} from '#sealing';
import { type Log, messageOf } from '../base/log.js';

type Contradiction = NonNullable<AgentInfo['contradiction']>;

/** As gateways name it that take it at polls. */
const FIELD = 'agent.contradiction';

/** The newest are all kept: some days of hourly ones, as a rule. */
const KEPT = 100;
/** And so many that contradict them: the first ones. */
const KEPT_CONTRADICTIONS = 100;
/** Gateways may be some minutes behind each other; a server that goes on telling less than it told before is not. */
const BEHIND_MS = 30 * 60_000;

/**
 * Keeps what the server has signed of its audit, where nobody who rewrites the audit comes to, and says when the server
 * tells something else later: in the log, and to gateways that take it. `relaypoint-admin verify-audit --witness` takes the
 * file.
 */
export class AuditWitness {
  /** As they came, each behind the one before it. */
  private kept: Checkpoint[] = [];
  /** What contradicts them. Never pushes them out: what is true came first. */
  private contradictions: Checkpoint[] = [];
  /** Why the file is not to be written over. */
  private unread: string | null = null;
  private newestHeardAt = 0;
  private readonly logged = new Set<string>();
  /** The newest that contradicts, and what went on from it is the same. */
  private contradiction: Contradiction | null = null;
  private isTaken = false;

  constructor(
    private readonly file: string,
    private readonly serverKey: KeyObject,
    private readonly log: Log,
    private readonly now: () => number,
    private readonly onContradiction: () => void = () => undefined,
  ) {}

  /** What the gateway is to be told; undefined: nothing, or it would not take it. */
  get told(): Contradiction | undefined {
    return this.isTaken ? (this.contradiction ?? undefined) : undefined;
  }

  /** A poll was not answered as it should be. A gateway that refuses its form may be an older one. */
  refused(status: number | undefined): void {
    if (status === 400) this.isTaken = false;
  }

  /** Reads what was kept; a line that cannot be read is left out. A file that cannot be read is no empty one, and stays as it is. */
  async open(): Promise<void> {
    this.newestHeardAt = this.now();
    let text = '';
    try {
      text = await readFile(this.file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      this.unread = messageOf(error);
      this.tell('unread', 'checkpoints of the audit that were kept cannot be read: none is kept now', {
        reason: this.unread,
      });
      return;
    }
    for (const checkpoint of text.split('\n').flatMap((line) => readCheckpoint(parsed(line)) ?? [])) {
      if (follows(this.kept.at(-1), checkpoint)) this.kept.push(checkpoint);
      else this.note(checkpoint);
    }
  }

  /** Takes what came with an answer. Never throws: orders do not wait for it. */
  async heard(said: unknown, takes?: readonly string[]): Promise<void> {
    // of several gateways one that is older may answer in between
    if (takes?.includes(FIELD)) this.isTaken = true;
    const before = this.told;
    try {
      await this.hear(said);
    } catch (error) {
      // such as a text that has no canonical form
      this.tell('unusable', 'what the server says of its audit cannot be used', { reason: messageOf(error) });
    }
    if (this.told !== before) this.onContradiction();
  }

  private async hear(said: unknown): Promise<void> {
    if (said === undefined || said === null) return;
    const checkpoint = readCheckpoint(said);
    if (!checkpoint || !this.isSigned(checkpoint)) {
      return this.tell(
        'unsigned',
        'a checkpoint of the audit is not signed by the server that this DP has joined',
        {},
      );
    }
    const hash = checkpointHash(checkpoint);
    const all = [...this.kept, ...this.contradictions];
    const known = all.find((one) => one.number === checkpoint.number && checkpointHash(one) === hash);
    const newest = this.kept.at(-1);
    if (known) {
      if (known === newest) this.newestHeardAt = this.now();
      else if (this.now() - this.newestHeardAt > BEHIND_MS) {
        this.contradicts(newest, checkpoint);
        // one that contradicts has been told when it came
        if (this.kept.includes(known)) this.contradiction ??= pairOf(newest ?? known, checkpoint);
      }
      return;
    }
    if (follows(newest, checkpoint)) {
      this.newestHeardAt = this.now();
      this.kept = thinned([...this.kept, checkpoint]);
    } else {
      this.contradicts(newest, checkpoint);
      if (!this.note(checkpoint)) return;
    }
    await this.save();
  }

  /** @returns false when it is not kept, because there are so many already */
  private note(checkpoint: Checkpoint): boolean {
    const last = this.contradictions.at(-1);
    if (!last || !follows(last, checkpoint)) this.contradiction = this.against(checkpoint);
    if (this.contradictions.length >= KEPT_CONTRADICTIONS) return false;
    this.contradictions.push(checkpoint);
    return true;
  }

  private against(checkpoint: Checkpoint): Contradiction {
    const had = this.kept.find(({ number }) => number >= checkpoint.number) ?? this.kept.at(-1) ?? checkpoint;
    return pairOf(had, checkpoint);
  }

  private isSigned(checkpoint: Checkpoint): boolean {
    return checkpoint.key === publicKeyText(this.serverKey) && isSignedBy(this.serverKey, checkpoint);
  }

  private contradicts(newest: Checkpoint | undefined, said: Checkpoint): void {
    this.tell(
      said.signature,
      'the audit of the server is not what it was: it was changed, cut off, or put back from a backup',
      {
        had: `checkpoint ${newest?.number}, entry ${newest?.sequence}`,
        has: `checkpoint ${said.number}, entry ${said.sequence}`,
        verify: `relaypoint-admin verify-audit --witness ${this.file}`,
      },
    );
  }

  /** Once in the life of the agent: each poll says it again. */
  private tell(which: string, message: string, facts: Record<string, string>): void {
    if (this.logged.has(which)) return;
    this.logged.add(which);
    this.log.error(message, facts);
  }

  private async save(): Promise<void> {
    if (this.unread !== null) return;
    const lines = [...this.kept, ...this.contradictions].map((one) => `${JSON.stringify(one)}\n`);
    await writePrivateFile(this.file, lines.join('')).catch((error: unknown) => {
      this.tell('file', 'checkpoints of the audit cannot be kept', { reason: messageOf(error) });
    });
  }
}

function pairOf(had: Checkpoint, has: Checkpoint): Contradiction {
  return { had: pointOf(had), has: pointOf(has), at: new Date(has.at).toISOString() };
}

function pointOf({ number, sequence }: Checkpoint): Contradiction['had'] {
  return { checkpoint: number, sequence };
}

/** Whether a checkpoint may come behind another one; the next one must name it. */
function follows(newest: Checkpoint | undefined, next: Checkpoint): boolean {
  if (!newest) return true;
  if (next.number <= newest.number || next.sequence < newest.sequence) return false;
  return next.number > newest.number + 1 || next.previous === checkpointHash(newest);
}

/** The newest ones, and of those before them the first of each day. */
function thinned(kept: readonly Checkpoint[]): Checkpoint[] {
  const old = kept.slice(0, -KEPT);
  const dayOf = ({ at }: Checkpoint): string => new Date(at).toISOString().slice(0, 10);
  return [
    ...old.filter((one, n) => n === 0 || dayOf(one) !== dayOf(old[n - 1] ?? one)),
    ...kept.slice(-KEPT),
  ];
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
