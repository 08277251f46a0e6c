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
  contradiction?: NotedContradiction;
}

/**
 * Notes what a DP says of the audit. What is known already, accepted or not, is no news; a DP that says nothing, because it has
 * started anew or its gateway would not take it, takes nothing back.
 *
 * @returns null when there is no news
 */
export function noteContradiction<Dp extends Witness>(
  dp: Dp,
  said: AuditContradiction,
  now: Date,
): Dp | null {
  const known = dp.contradiction;
  if (known && isSamePoint(known.has, said.has) && known.at === said.at) return null;
  return { ...dp, contradiction: { ...said, heardAt: now, acceptedAt: null } };
}

/** Somebody knows what it comes from. @returns null when there is nothing to accept */
export function acceptContradiction<Dp extends Witness>(dp: Dp, now: Date): Dp | null {
  const known = openContradiction(dp);
  return known && { ...dp, contradiction: { ...known, acceptedAt: now } };
}

/** What nobody has accepted. */
export function openContradiction({ contradiction }: Witness): NotedContradiction | null {
  return contradiction?.acceptedAt === null ? contradiction : null;
}

function isSamePoint(one: AuditPoint, other: AuditPoint): boolean {
  return one.checkpoint === other.checkpoint && one.sequence === other.sequence;
}
