import type { MessageDescriptor } from '#texts';
import type { Computer, LocationData } from '../computers/computer.js';
import type { DpId, LocationRuleId, TenantId } from '../base/ids.js';
import type { IpNetwork } from './ip-network.js';
import { judge, locationFacts, type LocationCondition } from './location-criterion.js';

/** Ties a network to a DP: registered clients whose location data matches are served by it (R10). */
export interface LocationRule {
  id: LocationRuleId;
  tenant: TenantId;
  dp: DpId;
  name: string | null;
  /** The higher wins. */
  priority: number;
  when: LocationCondition;
  createdAt: Date;
  revision: number;
}

export const LOCATION_PRIORITY_LIMITS = { min: -1_000_000, max: 1_000_000 } as const;

/** What decided between the winner and the best rule of another DP. */
export const LOCATION_REASONS = [
  'NO_MATCH',
  'ONLY_MATCH',
  'PRIORITY',
  'NETWORK',
  'CURRENT_DP',
  'DP_ID',
] as const;
export type LocationReason = (typeof LOCATION_REASONS)[number];

/** How one rule fared. */
export interface RuleVerdict {
  rule: LocationRule;
  matched: boolean;
  /** Whether its DP is enabled and serves the tenant; else the rule does not count. */
  serves: boolean;
  /** What failed, with its place in the tree; null when it matched. */
  failed: { path: string; why: readonly MessageDescriptor[] } | null;
  /** Bits that are free in the most specific network that matched; null: it matched by something else. */
  hostBits: number | null;
}

export interface LocationDecision {
  /** In the order in which they count; those that do not count come last. */
  verdicts: readonly RuleVerdict[];
  winner: LocationRule | null;
  why: LocationReason;
}

/**
 * Which DP serves a client (R10): among the matching rules of serving DPs the highest priority, then the most specific
 * network, then the DP that serves it now, then the DP's id. No match: none, the client talks to the server.
 *
 * @param rules of the client's tenant
 * @param serving DPs that are enabled and may serve the tenant
 * @param current the DP that serves the client now
 */
export function chooseByLocation(
  rules: readonly LocationRule[],
  serving: ReadonlySet<DpId>,
  location: LocationData | null,
  current: DpId | null,
): LocationDecision {
  const facts = locationFacts(location);
  const verdicts = rules.map((rule): RuleVerdict => {
    const { matched, path, why, network } = judge(rule.when, facts);
    return {
      rule,
      matched,
      serves: serving.has(rule.dp),
      failed: matched ? null : { path, why },
      hostBits: hostBitsOf(network),
    };
  });
  const counts = verdicts.filter((one) => one.matched && one.serves);
  const ranked = counts.toSorted((a, b) => rank(a, b, current).by || (a.rule.id < b.rule.id ? -1 : 1));
  const [best] = ranked;
  const other = ranked.find((one) => one.rule.dp !== best?.rule.dp);
  const why = !best ? 'NO_MATCH' : other ? rank(best, other, current).why : 'ONLY_MATCH';
  const rest = verdicts.filter((one) => !counts.includes(one));
  return { verdicts: [...ranked, ...rest], winner: best?.rule ?? null, why };
}

function rank(a: RuleVerdict, b: RuleVerdict, current: DpId | null): { by: number; why: LocationReason } {
  const byPriority = b.rule.priority - a.rule.priority;
  if (byPriority !== 0) return { by: byPriority, why: 'PRIORITY' };
  const byNetwork = (a.hostBits ?? Infinity) - (b.hostBits ?? Infinity);
  if (byNetwork !== 0 && !Number.isNaN(byNetwork)) return { by: byNetwork, why: 'NETWORK' };
  const byCurrent = Number(b.rule.dp === current) - Number(a.rule.dp === current);
  if (byCurrent !== 0) return { by: byCurrent, why: 'CURRENT_DP' };
  return { by: a.rule.dp === b.rule.dp ? 0 : a.rule.dp < b.rule.dp ? -1 : 1, why: 'DP_ID' };
}

function hostBitsOf(network: IpNetwork | null): number | null {
  return network?.hostBits ?? null;
}

/**
 * The assignment after a contact. So that a client at the edge of two networks does not flap, a change needs two
 * contacts in a row that say the same; at once only when the DP that served it is disabled or gone.
 *
 * @param chosen by {@link chooseByLocation}
 * @param stillServes whether the DP that serves it now is enabled and serves the tenant
 */
export function assignAtContact(
  dp: Computer['dp'],
  chosen: DpId | null,
  stillServes: boolean,
  now: Date,
): Computer['dp'] {
  const { next, ...settled } = dp;
  if (chosen === dp.assigned) return settled;
  const lostDp = dp.assigned !== null && !stillServes;
  if (lostDp || next?.dp === chosen) return { ...settled, assigned: chosen, since: chosen && now };
  return { ...settled, next: { dp: chosen, since: now } };
}
