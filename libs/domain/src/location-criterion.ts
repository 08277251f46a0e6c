import type { LocationData } from './computer.js';
import type { Fault } from './errors.js';
import { isIpAddress } from './ip-address.js';
import {
  formatAddress,
  isInNetwork,
  parseAddress,
  parseNetwork,
  type IpAddress,
  type IpNetwork,
} from './ip-network.js';

/** What of a client's location data can be asked for. */
export const LOCATION_CRITERIA = [
  'addressIn',
  'gatewayMac',
  'gatewayIp',
  'dnsSuffix',
  'adSite',
  'publicAddressIn',
] as const;
export type LocationCriterionName = (typeof LOCATION_CRITERIA)[number];

/** One thing asked for, such as `{addressIn: '10.1.0.0/16'}`. */
export type LocationLeaf = { [Name in LocationCriterionName]: Record<Name, string> }[LocationCriterionName];

/** A tree of conditions; each node has exactly one key. */
export type LocationCondition =
  { all: LocationCondition[] } | { any: LocationCondition[] } | { not: LocationCondition } | LocationLeaf;

/** Bounds of one tree. */
const DEEPEST = 8;
const MOST_CONDITIONS = 100;
const LONGEST_TEXT = 255;

const NODE_KEYS: readonly string[] = ['all', 'any', 'not', ...LOCATION_CRITERIA];

/** A tree, or every fault of it with its path. */
export function parseCondition(
  value: unknown,
  path = 'when',
): { condition: LocationCondition } | { faults: Fault[] } {
  const faults: Fault[] = [];
  const budget = { left: MOST_CONDITIONS };
  const condition = readNode(value, path, 0, budget, faults);
  if (budget.left < 0) {
    faults.push({ path, code: 'too-many', message: `has more than ${MOST_CONDITIONS} conditions` });
  }
  return condition && faults.length === 0 ? { condition } : { faults };
}

function readNode(
  value: unknown,
  path: string,
  depth: number,
  budget: { left: number },
  faults: Fault[],
): LocationCondition | null {
  const fault = (at: string, code: string, message: string): null => {
    faults.push({ path: at, code, message });
    return null;
  };
  budget.left -= 1;
  if (budget.left < 0) return null;
  if (depth > DEEPEST) return fault(path, 'too-deep', `is nested more than ${DEEPEST} levels deep`);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return fault(path, 'object', `must be an object with one of ${NODE_KEYS.join(', ')}`);
  }
  const entries = Object.entries(value);
  for (const [key] of entries) {
    if (!NODE_KEYS.includes(key)) fault(`${path}.${key}`, 'unknown-field', 'is not a known field');
  }
  const [entry] = entries;
  if (!entry || entries.length > 1) {
    return fault(path, 'one-key', `must have exactly one of ${NODE_KEYS.join(', ')}`);
  }
  const [key, inner] = entry;
  const at = `${path}.${key}`;
  if (key === 'not') {
    const node = readNode(inner, at, depth + 1, budget, faults);
    return node && { not: node };
  }
  if (key === 'all' || key === 'any') {
    if (!Array.isArray(inner) || inner.length === 0) {
      return fault(at, 'list', 'must be a list of at least one condition');
    }
    const nodes = inner.flatMap(
      (one, index) => readNode(one, `${at}[${index}]`, depth + 1, budget, faults) ?? [],
    );
    return key === 'all' ? { all: nodes } : { any: nodes };
  }
  if (!NODE_KEYS.includes(key)) return null;
  if (typeof inner !== 'string' || inner.trim() === '' || inner.length > LONGEST_TEXT) {
    return fault(at, 'text', `must be a text of 1 to ${LONGEST_TEXT} characters`);
  }
  const message = leafFault(key as LocationCriterionName, inner.trim());
  return message === null ? ({ [key]: inner.trim() } as LocationLeaf) : fault(at, 'format', message);
}

function leafFault(name: LocationCriterionName, text: string): string | null {
  switch (name) {
    case 'addressIn':
    case 'publicAddressIn': {
      const network = parseNetwork(text);
      return 'fault' in network ? network.fault : null;
    }
    case 'gatewayIp':
      return isIpAddress(text) ? null : 'must be an IP address';
    case 'gatewayMac':
      return macDigits(text) === null ? 'must be a MAC address such as 00:11:22:33:44:55' : null;
    case 'dnsSuffix':
    case 'adSite':
      return null;
  }
}

/** Twelve lower-case hex digits, whatever stood between them; null when it is no MAC address. */
export function macDigits(text: string): string | null {
  const digits = text.toLowerCase().replaceAll(/[:.-]/g, '');
  return /^[0-9a-f]{12}$/.test(digits) ? digits : null;
}

/** Location data, read once. */
export interface LocationFacts {
  addresses: readonly IpAddress[];
  publicAddress: IpAddress | null;
  gatewayIp: IpAddress | null;
  gatewayMac: string | null;
  dnsSuffix: string | null;
  adSite: string | null;
}

/** Addresses that are none are left out: what a client says is not always right. */
export function locationFacts(location: LocationData | null): LocationFacts {
  return {
    addresses: (location?.addresses ?? []).flatMap((text) => parseAddress(text) ?? []),
    publicAddress: parseAddress(location?.publicAddress ?? ''),
    gatewayIp: parseAddress(location?.gateway?.ip ?? ''),
    gatewayMac: macDigits(location?.gateway?.mac ?? ''),
    dnsSuffix: nameKey(location?.dnsSuffix ?? ''),
    adSite: nameKey(location?.adSite ?? ''),
  };
}

/** DNS names and site names compare without case and without the dot at the end. */
export function nameKey(text: string): string | null {
  return text.trim().toLowerCase().replace(/\.$/, '') || null;
}

/** Whether a condition holds, and why. */
export interface ConditionVerdict {
  matched: boolean;
  /** Where the part stands that decided, such as `when.all[1].addressIn`. */
  path: string;
  text: string;
  /** The most specific network that matched. */
  network: IpNetwork | null;
}

/** What a client did not say matches nothing; `not` of it therefore holds. */
export function judge(node: LocationCondition, facts: LocationFacts, path = 'when'): ConditionVerdict {
  if ('not' in node) {
    const inner = judge(node.not, facts, `${path}.not`);
    return { ...inner, matched: !inner.matched, network: null };
  }
  if ('all' in node) {
    const verdicts = node.all.map((one, index) => judge(one, facts, `${path}.all[${index}]`));
    const failed = verdicts.find((one) => !one.matched);
    return failed ?? { matched: true, path, text: textOf(verdicts), network: narrowest(verdicts) };
  }
  if ('any' in node) {
    const verdicts = node.any.map((one, index) => judge(one, facts, `${path}.any[${index}]`));
    const matched = verdicts.filter((one) => one.matched);
    if (matched.length === 0) {
      return verdicts.length === 1 && verdicts[0]
        ? verdicts[0]
        : { matched: false, path: `${path}.any`, text: textOf(verdicts), network: null };
    }
    return { matched: true, path, text: textOf(matched), network: narrowest(matched) };
  }
  return judgeLeaf(node, facts, path);
}

function judgeLeaf(leaf: LocationLeaf, facts: LocationFacts, path: string): ConditionVerdict {
  const [name, wanted] = leafEntry(leaf);
  const at = `${path}.${name}`;
  if (name === 'addressIn' || name === 'publicAddressIn') {
    const said = name === 'addressIn' ? facts.addresses : [facts.publicAddress].flatMap((one) => one ?? []);
    const what = name === 'addressIn' ? 'address' : 'public address';
    const network = networkOf(wanted);
    const inside = said.find((address) => network && isInNetwork(address, network));
    if (inside) return { matched: true, path: at, text: `${formatAddress(inside)} is in ${wanted}`, network };
    const addresses = said.map((one) => formatAddress(one)).join(', ');
    const text =
      said.length === 0
        ? `the client said no ${what}`
        : said.length === 1
          ? `${addresses} is not in ${wanted}`
          : `${addresses} are not in ${wanted}`;
    return { matched: false, path: at, text, network: null };
  }
  const { said, same } = compare(name, wanted, facts);
  const what = TITLES[name];
  const text =
    said === null
      ? `the client said no ${what}`
      : same
        ? `the ${what} is ${said}`
        : `the ${what} is ${said}, not ${wanted}`;
  return { matched: same, path: at, text, network: null };
}

const TITLES = {
  gatewayIp: 'gateway',
  gatewayMac: 'MAC address of its gateway',
  dnsSuffix: 'DNS suffix',
  adSite: 'AD site',
} as const satisfies Partial<Record<LocationCriterionName, string>>;

function compare(
  name: keyof typeof TITLES,
  wanted: string,
  facts: LocationFacts,
): { said: string | null; same: boolean } {
  if (name === 'gatewayIp') {
    const said = facts.gatewayIp && formatAddress(facts.gatewayIp);
    const address = parseAddress(wanted);
    return { said, same: said !== null && address !== null && said === formatAddress(address) };
  }
  const said = facts[name];
  const key = name === 'gatewayMac' ? macDigits(wanted) : nameKey(wanted);
  return { said, same: said !== null && said === key };
}

/** The criterion of a leaf and what it asks for. */
export function leafEntry(leaf: LocationLeaf): [LocationCriterionName, string] {
  const [entry] = Object.entries(leaf);
  return entry as [LocationCriterionName, string];
}

/** A network of a condition that has been checked before. */
export function networkOf(text: string): IpNetwork | null {
  const network = parseNetwork(text);
  return 'fault' in network ? null : network;
}

function narrowest(verdicts: readonly ConditionVerdict[]): IpNetwork | null {
  const networks = verdicts.flatMap((one) => one.network ?? []);
  return networks.toSorted((a, b) => a.hostBits - b.hostBits)[0] ?? null;
}

function textOf(verdicts: readonly ConditionVerdict[]): string {
  return verdicts.map((one) => one.text).join('; ');
}
