/** What a checkpoint of the server's audit speaks of. */
export interface AuditPoint {
  /** Its number. */
  checkpoint: number;
  /** Of the newest entry that it speaks of. */
  sequence: number;
}

/** A DP was told something of the server's audit that does not go with what it was told before. */
export interface AuditContradiction {
  /** What it had kept. */
  had: AuditPoint;
  /** What it has been told since; what goes on from there is the same contradiction. */
  has: AuditPoint;
  /** When the latter was signed, ISO 8601. */
  at: string;
}

/** As the server keeps it. */
export interface NotedContradiction extends AuditContradiction {
  /** When the server heard of it. */
  heardAt: Date;
  /** When somebody said that it was meant, as after a restore; null: nobody has. */
  acceptedAt: Date | null;
}

/** What of a DP has to do with it. */
interface Witness {
  /** By the time at which the server heard of them. */
  contradictions?: NotedContradiction[];
}

/** Kept of a DP: what was accepted is to stay accepted, also when each machine of a pair says its own again. */
const KEPT = 20;
/** That nobody has accepted: somebody who does not look at two will not look at more. */
const MOST_OPEN = 3;
/** News of a DP in a day. */
const MOST_A_DAY = 6;
const DAY_MS = 24 * 60 * 60_000;

/**
 * Notes what a DP has shown of the audit. What is known already, accepted or not, is no news; a DP that says nothing, because it
 * has started anew or its gateway would not take it, takes nothing back.
 *
 * @returns null when there is no news, or so many of them that one more says nothing new
 */
export function noteContradiction<Dp extends Witness>(
  dp: Dp,
  said: AuditContradiction,
  now: Date,
): Dp | null {
  const known = dp.contradictions ?? [];
  const today = known.filter(({ heardAt }) => heardAt.getTime() > now.getTime() - DAY_MS);
  if (known.some((one) => isSame(one, said))) return null;
  if (today.length >= MOST_A_DAY || openContradictions(dp).length >= MOST_OPEN) return null;
  const { had, has, at } = said;
  const noted = { had, has, at, heardAt: now, acceptedAt: null };
  return { ...dp, contradictions: [...known, noted].slice(-KEPT) };
}

/**
 * Somebody knows where they come from: all up to the newest one that was looked at.
 *
 * @param heardAt of that one
 * @returns null when they are accepted already, undefined when that is not the newest one (any more)
 */
export function acceptContradictions<Dp extends Witness>(
  dp: Dp,
  heardAt: Date,
  now: Date,
): Dp | null | undefined {
  const known = dp.contradictions ?? [];
  if (known.at(-1)?.heardAt.getTime() !== heardAt.getTime()) return undefined;
  if (openContradictions(dp).length === 0) return null;
  return { ...dp, contradictions: known.map((one) => ({ ...one, acceptedAt: one.acceptedAt ?? now })) };
}

/** Those that nobody has accepted. */
export function openContradictions({ contradictions = [] }: Witness): NotedContradiction[] {
  return contradictions.filter(({ acceptedAt }) => acceptedAt === null);
}

function isSame(one: AuditContradiction, other: AuditContradiction): boolean {
  const { has } = other;
  return one.has.checkpoint === has.checkpoint && one.has.sequence === has.sequence && one.at === other.at;
}
