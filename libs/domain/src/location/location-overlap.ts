import { leavesOf } from './condition-tree.js';
import { formatAddress, highestAddress, parseAddress, type IpAddress, type IpFamily } from './ip-network.js';
import {
  judge,
  leafEntry,
  LOCATION_CRITERIA,
  macDigits,
  nameKey,
  networkOf,
  type LocationCondition,
  type LocationCriterionName,
  type LocationFacts,
} from './location-criterion.js';
import type { LocationRule } from './location-rule.js';

/** Two rules of different DPs that one client can match both. */
export interface LocationOverlap {
  rules: readonly [LocationRule, LocationRule];
  /** A client that matches both; null: too many combinations to find one, so it may or may not exist. */
  example: LocationFacts | null;
}

/** Combinations that are looked at for one pair. */
const MOST_COMBINATIONS = 10_000;

/**
 * Whether two rules can both match a client with one address, and an example of it. A client with an address in each of
 * two networks matches rules on both anyway; that is no fault of the rules.
 *
 * Only the values that the rules name matter, and one that none of them names: among the addresses, where a network
 * begins and where it has just ended. So trying those finds an example whenever there is one.
 *
 * @returns null when no client can match both
 */
export function overlapOf(a: LocationRule, b: LocationRule): LocationOverlap | null {
  if (a.dp === b.dp || a.tenant !== b.tenant) return null;
  const named = namedValues([a.when, b.when]);
  const axes: readonly Axis[] = [
    { choices: addressChoices(named.addressIn), set: (v) => ({ addresses: v ? [v as IpAddress] : [] }) },
    {
      choices: addressChoices(named.publicAddressIn),
      set: (v) => ({ publicAddress: v as IpAddress | null }),
    },
    {
      choices: textChoices(named.gatewayIp, parseAddress),
      set: (v) => ({ gatewayIp: v as IpAddress | null }),
    },
    {
      choices: textChoices(named.gatewayMac, macDigits),
      set: (v) => ({ gatewayMac: v as string | null }),
    },
    { choices: textChoices(named.dnsSuffix, nameKey), set: (v) => ({ dnsSuffix: v as string | null }) },
    { choices: textChoices(named.adSite, nameKey), set: (v) => ({ adSite: v as string | null }) },
  ];
  const search = { left: MOST_COMBINATIONS };
  const example = find(
    axes,
    NOWHERE,
    search,
    (facts) => judge(a.when, facts).matched && judge(b.when, facts).matched,
  );
  if (example) return { rules: [a, b], example };
  return search.left < 0 ? { rules: [a, b], example: null } : null;
}

/** An example as a client would send it. */
export function exampleLocation(facts: LocationFacts): {
  addresses: string[];
  gateway: { ip: string | null; mac: string | null } | null;
  dnsSuffix: string | null;
  adSite: string | null;
  publicAddress: string | null;
} {
  const { addresses, gatewayIp, gatewayMac, dnsSuffix, adSite, publicAddress } = facts;
  return {
    addresses: addresses.map((one) => formatAddress(one)),
    gateway:
      gatewayIp || gatewayMac
        ? {
            ip: gatewayIp && formatAddress(gatewayIp),
            mac: gatewayMac && (gatewayMac.match(/../g) ?? []).join(':'),
          }
        : null,
    dnsSuffix,
    adSite,
    publicAddress: publicAddress && formatAddress(publicAddress),
  };
}

type Choice = IpAddress | string | null;

interface Axis {
  choices: readonly Choice[];
  set: (choice: Choice) => Partial<LocationFacts>;
}

const NOWHERE: LocationFacts = {
  addresses: [],
  publicAddress: null,
  gatewayIp: null,
  gatewayMac: null,
  dnsSuffix: null,
  adSite: null,
};

function find(
  [axis, ...rest]: readonly Axis[],
  facts: LocationFacts,
  search: { left: number },
  matches: (facts: LocationFacts) => boolean,
): LocationFacts | null {
  if (!axis) {
    search.left -= 1;
    return search.left >= 0 && matches(facts) ? facts : null;
  }
  for (const choice of axis.choices) {
    if (search.left < 0) return null;
    const found = find(rest, { ...facts, ...axis.set(choice) }, search, matches);
    if (found) return found;
  }
  return null;
}

function namedValues(nodes: readonly LocationCondition[]): Record<LocationCriterionName, Set<string>> {
  const named = Object.fromEntries(LOCATION_CRITERIA.map((name) => [name, new Set<string>()])) as Record<
    LocationCriterionName,
    Set<string>
  >;
  for (const leaf of nodes.flatMap(leavesOf)) {
    const [name, wanted] = leafEntry(leaf);
    named[name].add(wanted);
  }
  return named;
}

function addressChoices(networks: ReadonlySet<string>): readonly Choice[] {
  if (networks.size === 0) return [null];
  const choices = new Map<string, IpAddress>();
  const add = (family: IpFamily, value: bigint): void => {
    if (value >= 0n && value <= highestAddress(family)) choices.set(`${family} ${value}`, { family, value });
  };
  const parsed = [...networks].flatMap((text) => networkOf(text) ?? []);
  // The first address of a network is its own in IPv4; the one behind it makes a better example.
  for (const { family, first, last } of parsed) if (first < last) add(family, first + 1n);
  for (const { family, first } of parsed) add(family, first);
  for (const { family, last } of parsed) add(family, last + 1n);
  add(4, 0n);
  add(6, 0n);
  return [...choices.values(), null];
}

function textChoices(
  named: ReadonlySet<string>,
  read: (text: string) => IpAddress | string | null,
): readonly Choice[] {
  return [...[...named].flatMap((text) => read(text) ?? []), null];
}
