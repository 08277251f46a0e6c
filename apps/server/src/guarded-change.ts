import { DomainError } from '#domain';
import { LostRace } from './orders/lost-race.js';

const TRIES = 5;

/** What a guarded change did. */
export interface Changed<Thing> {
  before: Thing;
  /** As it stands in the store now; the same object when nothing was changed. */
  after: Thing;
}

/**
 * Read, decide, write where the revision is still the same; again when somebody else was faster.
 *
 * @param decide the changed thing, or null for no change; throws DomainError when a rule forbids it
 * @param missing told when there is no such thing
 * @throws DomainError NOT_FOUND
 * @throws LostRace when others kept changing it
 */
export async function changeGuarded<Thing>(
  find: () => Promise<Thing | null>,
  decide: (thing: Thing) => Thing | null | Promise<Thing | null>,
  replace: (thing: Thing) => Promise<Thing | null>,
  missing: string,
): Promise<Changed<Thing>> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const before = await find();
    if (!before) throw new DomainError('NOT_FOUND', missing);
    const wanted = await decide(before);
    if (!wanted) return { before, after: before };
    const after = await replace(wanted);
    if (after) return { before, after };
  }
  throw new LostRace(missing.replace(/^There is no such /, '').replace(/\.$/, ''));
}
