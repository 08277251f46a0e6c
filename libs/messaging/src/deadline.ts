import type { ConsumeMessage } from 'amqplib';

/** Header of a call: when its caller gives up, in milliseconds since 1970 by the caller's clock. */
export const DEADLINE_HEADER = 'x-deadline';

/** When the caller of a call gives up, by this program's own steady clock: from then on nobody wants the answer. */
export class Deadline {
  /** @param at as `performance.now()` counts */
  private constructor(private readonly at: number) {}

  static in(milliseconds: number): Deadline {
    return new Deadline(performance.now() + milliseconds);
  }

  get isOver(): boolean {
    return performance.now() >= this.at;
  }
}

/**
 * The deadline of a call that has just been delivered: its patience, less what it has lain on its queue, as far as the two
 * clocks can say that. They differ, so half of the patience is always left; and what lies outside of the patience only
 * says how far they differ, because the broker drops calls whose time is up.
 */
export function deadlineOf({ properties }: Pick<ConsumeMessage, 'properties'>): Deadline {
  const patience = Number(properties.expiration ?? Infinity);
  const left = Number(properties.headers?.[DEADLINE_HEADER]) - Date.now();
  return Deadline.in(left > 0 && left <= patience ? Math.max(left, patience / 2) : patience);
}
