import type { MessageDescriptor } from '#texts';
import type { LocationData } from '../computers/computer.js';
import { type Fault, mustBe } from '../base/errors.js';
import { isIpAddress } from '../base/ip-address.js';
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
const MAX_DEPTH = 8;
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
    faults.push({ path, code: 'too-many', key: 'fault.conditionCount', params: { count: MOST_CONDITIONS } });
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
  const fault = (at: string, code: string, what: MessageDescriptor): null => {
    faults.push({ path: at, code, ...what });
    return null;
  };
  budget.left -= 1;
  if (budget.left < 0) return null;
  if (depth > MAX_DEPTH)
    return fault(path, 'too-deep', { key: 'fault.conditionDepth', params: { levels: MAX_DEPTH } });
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return fault(path, 'object', mustBe('what.objectWithOneOf', { names: NODE_KEYS }));
  }
  const entries = Object.entries(value);
  for (const [key] of entries) {
    if (!NODE_KEYS.includes(key)) fault(`${path}.${key}`, 'unknown-field', { key: 'fault.unknownField' });
  }
  const [entry] = entries;
  if (!entry || entries.length > 1) {
    return fault(path, 'one-key', { key: 'fault.exactlyOne', params: { names: NODE_KEYS } });
  }
  const [key, inner] = entry;
  const at = `${path}.${key}`;
  if (key === 'not') {
    const node = readNode(inner, at, depth + 1, budget, faults);
    return node && { not: node };
  }
  if (key === 'all' || key === 'any') {
    if (!Array.isArray(inner) || inner.length === 0) {
      return fault(at, 'list', mustBe('what.conditions'));
    }
    const nodes = inner.flatMap(
      (one, index) => readNode(one, `${at}[${index}]`, depth + 1, budget, faults) ?? [],
    );
    return key === 'all' ? { all: nodes } : { any: nodes };
  }
  if (!NODE_KEYS.includes(key)) return null;
  if (typeof inner !== 'string' || inner.trim() === '' || inner.length > LONGEST_TEXT) {
    return fault(at, 'text', mustBe('what.text', { min: 1, max: LONGEST_TEXT }));
  }
  const wrong = leafFault(key as LocationCriterionName, inner.trim());
  return wrong === null ? ({ [key]: inner.trim() } as LocationLeaf) : fault(at, 'format', wrong);
}

function leafFault(name: LocationCriterionName, text: string): MessageDescriptor | null {
  switch (name) {
    case 'addressIn':
    case 'publicAddressIn': {
      const network = parseNetwork(text);
      return 'fault' in network ? network.fault : null;
    }
    case 'gatewayIp':
      return isIpAddress(text) ? null : mustBe('what.address');
    case 'gatewayMac':
      return macDigits(text) === null ? mustBe('what.mac', { address: '00:11:22:33:44:55' }) : null;
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
  why: readonly MessageDescriptor[];
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
    return failed ?? { matched: true, path, why: whyOf(verdicts), network: narrowest(verdicts) };
  }
  if ('any' in node) {
    const verdicts = node.any.map((one, index) => judge(one, facts, `${path}.any[${index}]`));
    const matched = verdicts.filter((one) => one.matched);
    if (matched.length === 0) {
      return verdicts.length === 1 && verdicts[0]
        ? verdicts[0]
        : { matched: false, path: `${path}.any`, why: whyOf(verdicts), network: null };
    }
    return { matched: true, path, why: whyOf(matched), network: narrowest(matched) };
  }
  return judgeLeaf(node, facts, path);
}

function judgeLeaf(leaf: LocationLeaf, facts: LocationFacts, path: string): ConditionVerdict {
  const [name, wanted] = leafEntry(leaf);
  const at = `${path}.${name}`;
  if (name === 'addressIn' || name === 'publicAddressIn') {
    const said = name === 'addressIn' ? facts.addresses : [facts.publicAddress].flatMap((one) => one ?? []);
    const network = networkOf(wanted);
    const inside = said.find((address) => network && isInNetwork(address, network));
    const params = { address: said.map((one) => formatAddress(one)), network: wanted, count: said.length };
    if (inside) {
      const why = [
        { key: 'location.inNetwork', params: { ...params, address: formatAddress(inside) } } as const,
      ];
      return { matched: true, path: at, why, network };
    }
    const why: MessageDescriptor =
      said.length === 0 ? notSaid(name) : { key: 'location.notInNetwork', params };
    return { matched: false, path: at, why: [why], network: null };
  }
  const { said, same } = compare(name, wanted, facts);
  if (said === null) return { matched: same, path: at, why: [notSaid(name)], network: null };
  const params = { what: { key: `locationFact.${name}` }, said, wanted } as const;
  const why: MessageDescriptor = { key: same ? 'location.said' : 'location.saidOther', params };
  return { matched: same, path: at, why: [why], network: null };
}

function notSaid(name: LocationCriterionName): MessageDescriptor {
  return { key: 'location.notSaid', params: { what: { key: `locationFact.${name}` } } };
}

function compare(
  name: Exclude<LocationCriterionName, 'addressIn' | 'publicAddressIn'>,
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

function whyOf(verdicts: readonly ConditionVerdict[]): MessageDescriptor[] {
  return verdicts.flatMap((one) => one.why);
}
