import { DomainError } from '#domain';
import { TransientError } from '#runtime';
import type { TextKey } from '#texts';

/** How often a write is tried against others who change the same. */
const TRIES = 5;

/** Others kept changing the same documents. */
export class OptimisticLockError extends TransientError {
  override readonly name = 'OptimisticLockError';

  constructor(what: string) {
    super(`lost the race for ${what} too often`);
  }
}

/** What an update did. */
export interface Updated<Thing> {
  before: Thing;
  /** As it stands in the store now; the same object when nothing was changed. */
  after: Thing;
}

/**
 * Runs `attempt`, and again when somebody else was faster.
 *
 * @param what named in the error, such as `account a-1`
 * @param attempt resolves to undefined when the race was lost
 * @throws OptimisticLockError after five attempts
 */
export async function retryWhenBeaten<Outcome>(
  what: string,
  attempt: () => Promise<Outcome | undefined>,
): Promise<Outcome> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const outcome = await attempt();
    if (outcome !== undefined) return outcome;
  }
  throw new OptimisticLockError(what);
}

/**
 * As {@link retryWhenBeaten}, for many things in one write: what others were faster with is tried again, the rest stands.
 *
 * @param what named in the error, before the ids
 * @param attempt for the ids that are left; resolves to those whose race was lost
 * @throws OptimisticLockError after five attempts
 */
export async function retryLost<Id extends string>(
  what: string,
  ids: readonly Id[],
  attempt: (open: readonly Id[]) => Promise<readonly Id[]>,
): Promise<void> {
  let open = ids;
  for (let tries = 0; open.length > 0; tries += 1) {
    if (tries === TRIES) throw new OptimisticLockError(`${what} ${open.slice(0, 3).join(', ')}`);
    open = await attempt(open);
  }
}

/**
 * Read, decide, write where the revision is still the same; again when somebody else was faster.
 *
 * @param decide the changed thing, or null for no change; throws DomainError when a rule forbids it
 * @param missing told when there is no such thing
 * @throws DomainError NOT_FOUND
 * @throws OptimisticLockError when others kept changing it
 */
export function updateWithRetry<Thing>(
  find: () => Promise<Thing | null>,
  decide: (thing: Thing) => Thing | null | Promise<Thing | null>,
  replace: (thing: Thing) => Promise<Thing | null>,
  missing: TextKey,
): Promise<Updated<Thing>> {
  return retryWhenBeaten(missing.replace('notFound.', ''), async () => {
    const before = await find();
    if (!before) throw new DomainError('NOT_FOUND', missing);
    const wanted = await decide(before);
    if (!wanted) return { before, after: before };
    const after = await replace(wanted);
    return after ? { before, after } : undefined;
  });
}
