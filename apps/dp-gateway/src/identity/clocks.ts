import { Injectable } from '@nestjs/common';
import type { SightingsMessage } from '#contract';
import { currentTime } from '#runtime';
import { callerKey, type DpIdentity } from './identity-cache.js';

type Clock = NonNullable<SightingsMessage['clocks']>[number];

/** DPs remembered at most until the next message. */
const MAX_DPS = 10_000;

/** DPs that came with tokens they did sign, but at another time: the administrator has to set their clocks. */
@Injectable()
export class Clocks {
  private waiting = new Map<string, Clock>();

  /** @param off seconds by which the DP is ahead, or behind when negative */
  note({ dp, machine }: Pick<DpIdentity, 'dp' | 'machine'>, off: number): void {
    if (this.waiting.size >= MAX_DPS) return;
    const clock = { dp, ...(machine !== undefined && { machine }), at: currentTime().toISOString(), off };
    this.waiting.set(callerKey(clock), clock);
  }

  /** Takes all of them, to be told to the server; what cannot be told is seen again with the DP's next try. */
  take(): Clock[] {
    const all = [...this.waiting.values()];
    this.waiting = new Map();
    return all;
  }
}
