import type { AgentInfo, SightingsMessage } from '#contract';
import { callerKey } from '../identity/identity-cache.js';

export type Sighting = SightingsMessage['sightings'][number];

/** Sightings in one message at most, as the message's schema has it. */
const MAX_PER_MESSAGE = 10_000;
/** DPs remembered at most; the ones told longest ago are forgotten first, which costs no more than telling them again. */
const MAX_DPS = 100_000;
/**
 * Longest time, in milliseconds, in which the server does not hear of a DP that asks. One poll interval when that is shorter:
 * far below the three after which a DP counts as overdue.
 */
const TELL_EVERY_MS = 60_000;
/** By how much that may be shorter, so that thousands of DPs that came at once are not told of at once for ever. */
const SPREAD = 0.25;

/** What the server was told of a DP last. */
interface Told {
  /** Milliseconds of the steady clock. */
  at: number;
  address: string;
  /** As JSON; null: nothing was told of its agent yet. */
  agent: string | null;
}

/** A DP that asks. */
export interface Seen {
  dp: string;
  /** Which machine of a pair. */
  machine?: string | undefined;
  address: string;
  /** Orders it says it is working on. */
  running: number;
  agent?: AgentInfo | undefined;
  /** Seconds; a DP that has to ask often is told of as often. */
  pollInterval: number;
}

/** What the server is to be told of a DP. */
interface Untold {
  /** When, in milliseconds of the steady clock. */
  due: number;
  sighting: Sighting;
}

/**
 * Which DPs asked, as far as the server does not know it yet. It is told at once of a DP that is new, comes from another
 * address or says something new of its agent; else once a minute however often the DP asks, and then when it asked last.
 * So what the server knows is never older than that, also of a DP that has stopped asking. What a DP said of its agent is
 * kept until it was sent, because it says so only once; the same again is no news.
 */
export class Heartbeats {
  private readonly untold = new Map<string, Untold>();
  private readonly told = new Map<string, Told>();

  /** @param chance from 0 (inclusive) to 1 (exclusive) */
  constructor(private readonly chance: () => number = Math.random) {}

  /**
   * @param at ISO 8601
   * @param now milliseconds of any steady clock
   */
  note({ dp, machine, address, running, agent, pollInterval }: Seen, at: string, now: number): void {
    const who = { dp, ...(machine !== undefined && { machine }) };
    const before = this.untold.get(callerKey(who));
    const told = this.told.get(callerKey(who));
    const news = agent && JSON.stringify(agent) !== told?.agent ? agent : undefined;
    if (before) {
      before.sighting.at = at;
      before.sighting.running = running;
      if (news) before.sighting.agent = news;
      if (news || before.sighting.address !== address) before.due = now;
      before.sighting.address = address;
      return;
    }
    if (this.untold.size >= MAX_DPS) return;
    const isKnown = told?.address === address && news === undefined;
    const pause = Math.min(TELL_EVERY_MS, pollInterval * 1000) * (1 - SPREAD * this.chance());
    const sighting = { ...who, at, address, running, ...(news ? { agent: news } : {}) };
    this.untold.set(callerKey(who), { due: isKnown ? told.at + pause : now, sighting });
  }

  /**
   * Takes those that are due, as messages to send.
   *
   * @param now as for {@link note}; Infinity: all of them
   */
  takeMessages(now: number): SightingsMessage[] {
    const due: Sighting[] = [];
    for (const [caller, one] of this.untold) {
      if (one.due > now) continue;
      this.untold.delete(caller);
      this.remember(one.sighting, now);
      due.push(one.sighting);
    }
    const messages: SightingsMessage[] = [];
    for (let from = 0; from < due.length; from += MAX_PER_MESSAGE) {
      messages.push({ v: 1, sightings: due.slice(from, from + MAX_PER_MESSAGE) });
    }
    return messages;
  }

  /** Takes back what could not be sent, for the next time; what was seen since wins. */
  putBack(message: SightingsMessage): void {
    for (const old of message.sightings) {
      const newer = this.untold.get(callerKey(old));
      if (newer) {
        newer.due = 0;
        if (!newer.sighting.agent && old.agent) newer.sighting.agent = old.agent;
      } else if (this.untold.size < MAX_DPS) {
        this.untold.set(callerKey(old), { due: 0, sighting: old });
      }
    }
  }

  private remember({ address, agent, ...who }: Sighting, now: number): void {
    const caller = callerKey(who);
    const before = this.told.get(caller);
    this.told.delete(caller);
    if (this.told.size >= MAX_DPS) {
      const [oldest] = this.told.keys();
      if (oldest !== undefined) this.told.delete(oldest);
    }
    this.told.set(caller, {
      at: now,
      address,
      agent: agent ? JSON.stringify(agent) : (before?.agent ?? null),
    });
  }
}
