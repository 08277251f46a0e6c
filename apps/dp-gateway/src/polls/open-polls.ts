import { Injectable } from '@nestjs/common';
import { callerKey } from '../identity/identity-cache.js';

/** Why an open poll's wait ended before its time. */
export type WaitEnd =
  /** What the gateway knows of the DP changed; look again, then go on waiting. */
  | 'changed'
  /** The DP has sent another poll. */
  | 'superseded'
  /** The connection is gone. */
  | 'gone'
  /** The gateway stops. */
  | 'stopping';

/** A poll that is being answered. */
export class OpenPoll {
  private ender = new AbortController();
  private end: WaitEnd | null = null;

  private claiming: Promise<unknown> = Promise.resolve();
  private replacedBy: string | null = null;

  /**
   * @param caller the DP, or the machine of a pair, by {@link callerKey}
   * @param poll the id that its DP gave it
   * @param before resolves when the claim of the DP's poll before it has ended, whatever came of it
   */
  constructor(
    readonly dp: string,
    readonly caller: string,
    private readonly poll: string,
    readonly before: Promise<unknown> = Promise.resolve(),
  ) {}

  /** A claim of this poll is under way; the DP's next poll waits for it. */
  claims(claiming: Promise<unknown>): void {
    this.claiming = claiming.catch(() => undefined);
  }

  /** Resolves when no claim of this poll is under way. */
  get settled(): Promise<unknown> {
    return this.claiming;
  }

  /** Whether the DP has gone on to another poll, so that it never asks for this one's answer again. */
  get isReplaced(): boolean {
    return this.replacedBy !== null && this.replacedBy !== this.poll;
  }

  /** The DP has sent another poll, or this one again. */
  supersede(poll: string): void {
    this.replacedBy = poll;
    this.stopWaiting('superseded');
  }

  /** Aborted as soon as the poll is to stop waiting. */
  get signal(): AbortSignal {
    return this.ender.signal;
  }

  /** Why the poll is to be answered now, with nothing; null while it may go on. */
  get over(): Exclude<WaitEnd, 'changed'> | null {
    return this.end === 'changed' ? null : this.end;
  }

  /** Nobody waits for its answer any more. */
  get isAbandoned(): boolean {
    return this.end === 'gone' || this.end === 'superseded';
  }

  /** To be called before looking at the DP again: from here on a further change ends the wait anew. @returns whether it had changed */
  rearm(): boolean {
    if (this.end !== 'changed') return false;
    this.end = null;
    this.ender = new AbortController();
    return true;
  }

  stopWaiting(why: WaitEnd): void {
    if (this.end !== null && this.end !== 'changed') return;
    this.end = why;
    // With a reason of its own: without one, each abort makes an exception with a stack trace that nobody reads
    this.ender.abort(why);
  }

  /** Waits without a queue, for as long as there is nothing to wait for but a change. */
  async pause(milliseconds: number): Promise<void> {
    const { signal } = this;
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      signal.addEventListener('abort', done);
    });
  }
}

/**
 * The polls this gateway is answering, one for each DP, and for each machine of a pair: who polls again has lost its older
 * connection, and that older poll must not take its tickets.
 */
@Injectable()
export class OpenPolls {
  private readonly polls = new Map<string, OpenPoll>();
  private readonly byDp = new Map<string, Set<OpenPoll>>();
  private stopping = false;

  /** Opens a poll; ends the wait of the caller's older one. */
  open(who: { dp: string; machine?: string | undefined }, id: string): OpenPoll {
    const caller = callerKey(who);
    const older = this.polls.get(caller);
    older?.supersede(id);
    const poll = new OpenPoll(who.dp, caller, id, older?.settled);
    if (this.stopping) poll.stopWaiting('stopping');
    this.polls.set(caller, poll);
    const ofDp = this.byDp.get(who.dp);
    if (ofDp) ofDp.add(poll);
    else this.byDp.set(who.dp, new Set([poll]));
    return poll;
  }

  close(poll: OpenPoll): void {
    if (this.polls.get(poll.caller) === poll) this.polls.delete(poll.caller);
    const ofDp = this.byDp.get(poll.dp);
    ofDp?.delete(poll);
    if (ofDp?.size === 0) this.byDp.delete(poll.dp);
  }

  /** What is known of a DP changed. */
  changed(dp: string): void {
    for (const poll of this.byDp.get(dp) ?? []) poll.stopWaiting('changed');
  }

  /** Anything may have changed. */
  allChanged(): void {
    for (const poll of this.polls.values()) poll.stopWaiting('changed');
  }

  /** Every wait ends now, and none begins any more. */
  stop(): void {
    this.stopping = true;
    for (const poll of this.polls.values()) poll.stopWaiting('stopping');
  }

  get size(): number {
    return this.polls.size;
  }
}
