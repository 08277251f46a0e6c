import { Injectable } from '@nestjs/common';
import { type NewNotice, newNotice } from '#domain';
import { NoticeRepository } from '#persistence';

/** Ids of notices that are known to be stored; a look at something that lasts asks for the same ones again and again. */
const MOST_REMEMBERED = 20_000;

/**
 * What happened and people are to be told of. Raising is all that a caller has to do: whoever wants to hear of it gets it
 * from the engines, also if this process dies right after.
 */
@Injectable()
export class Notices {
  private readonly stored = new Set<string>();

  constructor(private readonly notices: NoticeRepository) {}

  /**
   * Stores notices that are not known yet. The same happening may be raised any number of times, by several servers at
   * once: its id follows from kind, subject and occurrence, and it is told once. So the safest way to raise one is to
   * look, again and again, at what shows that it has happened.
   */
  async raise(happenings: readonly NewNotice[], now: Date): Promise<void> {
    const fresh = happenings
      .map((happening) => newNotice(happening, now))
      .filter(({ id }) => !this.stored.has(id));
    if (fresh.length === 0) return;
    const known = new Set((await this.notices.findByIds(fresh.map(({ id }) => id))).map(({ id }) => id));
    await this.notices.insertNew(fresh.filter(({ id }) => !known.has(id)));
    if (this.stored.size >= MOST_REMEMBERED) this.stored.clear();
    for (const { id } of fresh) this.stored.add(id);
  }
}
