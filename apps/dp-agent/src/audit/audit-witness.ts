import { readFile } from 'node:fs/promises';
import type { KeyObject } from 'node:crypto';
import type { AgentInfo } from '#contract';
import {
  areContrary,
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
/** And so many that contradict them: where each contradiction begins, and the newest. */
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
  /**
   * What contradicts them, as it came. Never pushes them out: what is true came first. One that goes on from the one before it is
   * the same contradiction; one that stands in `kept` as well begins one: the server has gone back to it.
   */
  private contradictions: Checkpoint[] = [];
  /** Why the file is not to be written over. */
  private unread: string | null = null;
  /** When the newest of what was kept, or of what contradicts it, was heard last. */
  private newestHeardAt = 0;
  private readonly logged = new Set<string>();
  /** The newest one. */
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
      const isFirst = this.contradictions.length === 0;
      if (isFirst && follows(this.kept.at(-1), checkpoint)) this.kept.push(checkpoint);
      else this.contradictions.push(checkpoint);
    }
    const [begin] = this.line;
    if (begin) this.contradiction = this.against(begin);
  }

  /** Takes what came with an answer. Never throws: orders do not wait for it. */
  async heard(said: unknown, takes?: readonly string[]): Promise<void> {
    // of several gateways one that is older may answer in between
    if (takes?.includes(FIELD)) this.isTaken = true;
    const before = JSON.stringify(this.told);
    try {
      await this.hear(said);
    } catch (error) {
      // such as a text that has no canonical form
      this.tell('unusable', 'what the server says of its audit cannot be used', { reason: messageOf(error) });
    }
    // by value: whoever says the same again has no news, and would be asked for ever
    if (JSON.stringify(this.told) !== before) this.onContradiction();
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
    if (this.take(checkpoint)) await this.save();
  }

  /** @returns whether there is something to save */
  private take(checkpoint: Checkpoint): boolean {
    const newest = this.kept.at(-1);
    const tail = this.contradictions.at(-1);
    if (isSame(newest, checkpoint) || isSame(tail, checkpoint)) {
      this.newestHeardAt = this.now();
      return isSame(newest, checkpoint) && this.cameUp();
    }
    const isKept = this.kept.some((one) => isSame(one, checkpoint));
    const goesOn = !isKept && this.fits(this.line, checkpoint);
    if (goesOn && tail?.number === checkpoint.number - 1) return this.goOn(checkpoint);
    if (follows(newest, checkpoint)) {
      this.newestHeardAt = this.now();
      this.cameUp();
      this.kept = thinned([...this.kept, checkpoint]);
      return true;
    }
    if (goesOn && follows(tail, checkpoint)) return this.goOn(checkpoint);
    // what comes late, as by another gateway, contradicts nothing: unless nothing newer comes any more
    const isLate = this.fits(this.kept, checkpoint);
    const isOld = isLate || goesOn || this.contradictions.some((one) => isSame(one, checkpoint));
    if (!isOld || this.now() - this.newestHeardAt > BEHIND_MS) return this.begin(checkpoint);
    if (!isLate || isKept) return false;
    this.kept = thinned([...this.kept, checkpoint].toSorted((a, b) => a.number - b.number));
    return true;
  }

  /** Whether a checkpoint may be of a line, wherever in it. */
  private fits(line: readonly Checkpoint[], checkpoint: Checkpoint): boolean {
    return line.length > 0 && !line.some((one) => areContrary(one, checkpoint));
  }

  /** The newest contradiction, with what went on from it. */
  private get line(): Checkpoint[] {
    return this.contradictions.slice(this.contradictions.findLastIndex((_, n, all) => isBegin(all, n)));
  }

  /** The same contradiction. */
  private goOn(checkpoint: Checkpoint): true {
    this.newestHeardAt = this.now();
    this.contradictions = bounded([...this.contradictions, checkpoint]);
    return true;
  }

  private begin(checkpoint: Checkpoint): true {
    this.newestHeardAt = this.now();
    this.contradicts(this.kept.at(-1), checkpoint);
    this.contradiction = this.against(checkpoint);
    this.contradictions = bounded([...this.contradictions, checkpoint]);
    return true;
  }

  /** The newest is told again: who only was behind has come up, and should it go back there once more, that is news. */
  private cameUp(): boolean {
    const [begin, ...more] = this.line;
    if (!begin || more.length > 0 || !this.kept.some((one) => isSame(one, begin))) return false;
    this.contradictions = this.contradictions.slice(0, -1);
    const [before] = this.line;
    this.contradiction = before ? this.against(before) : null;
    return true;
  }

  private against(has: Checkpoint): Contradiction {
    const had = this.kept.find((one) => areContrary(one, has)) ?? this.kept.at(-1) ?? has;
    return { had: onWire(had), has: onWire(has) };
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

function onWire({ at, ...checkpoint }: Checkpoint): Contradiction['had'] {
  return { ...checkpoint, at: new Date(at).toISOString() };
}

/** Whether a checkpoint may come behind another one; the next one must name it. */
function follows(newest: Checkpoint | undefined, next: Checkpoint): boolean {
  return !newest || (next.number > newest.number && !areContrary(newest, next));
}

function isSame(one: Checkpoint | undefined, other: Checkpoint): boolean {
  return one?.number === other.number && checkpointHash(one) === checkpointHash(other);
}

/** Whether a contradiction begins at this place of all that contradict. */
function isBegin(all: readonly Checkpoint[], n: number): boolean {
  const one = all[n];
  return n === 0 || (one !== undefined && !follows(all[n - 1], one));
}

/** Takes out the oldest between where a contradiction begins and where it has come to; where there are none such, the second. */
function bounded(all: readonly Checkpoint[]): Checkpoint[] {
  if (all.length <= KEPT_CONTRADICTIONS) return [...all];
  const between = all.findIndex((_, n) => n + 1 < all.length && !isBegin(all, n) && !isBegin(all, n + 1));
  return all.toSpliced(Math.max(1, between), 1);
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
