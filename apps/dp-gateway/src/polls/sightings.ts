import type { AgentInfo, SightingsMessage } from '#contract';

export type Sighting = SightingsMessage['sightings'][number];

/** Sightings in one message at most, as the message's schema has it. */
const MAX_PER_MESSAGE = 10_000;
/** DPs remembered at most while nothing can be sent. */
const MAX_WAITING = 100_000;

/**
 * Which DPs asked since they were sent last: one sighting for each, however often it asked. What a DP said of its
 * agent is kept until it was sent, because it says so only once.
 */
export class Sightings {
  private waiting = new Map<string, Sighting>();

  note(dp: string, at: string, address: string, running: number, agent?: AgentInfo): void {
    const known = this.waiting.get(dp);
    if (!known && this.waiting.size >= MAX_WAITING) return;
    const said = agent ?? known?.agent;
    this.waiting.set(dp, { dp, at, address, running, ...(said ? { agent: said } : {}) });
  }

  /** Takes all of them, as messages to send. */
  takeMessages(): SightingsMessage[] {
    const all = [...this.waiting.values()];
    this.waiting = new Map();
    const messages: SightingsMessage[] = [];
    for (let from = 0; from < all.length; from += MAX_PER_MESSAGE) {
      messages.push({ v: 1, sightings: all.slice(from, from + MAX_PER_MESSAGE) });
    }
    return messages;
  }

  /** Takes back what could not be sent, for the next time; what was seen since wins. */
  putBack(message: SightingsMessage): void {
    for (const old of message.sightings) {
      const newer = this.waiting.get(old.dp);
      if (newer) {
        if (!newer.agent && old.agent) newer.agent = old.agent;
      } else if (this.waiting.size < MAX_WAITING) {
        this.waiting.set(old.dp, old);
      }
    }
  }
}
