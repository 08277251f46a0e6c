import type { MessageDescriptor } from '#texts';
import type { LocationData } from '../computers/computer.js';
import { type Fault, mustBe } from '../base/errors.js';
import { isIpAddress } from '../base/ip-address.js';
import {
  judgeTree,
  parseTree,
  readText,
  type ConditionTree,
  type ConditionVerdict,
  type LeafReading,
} from './condition-tree.js';
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
export type LocationCondition = ConditionTree<LocationLeaf>;

/** A tree, or every fault of it with its path. */
export function parseCondition(
  value: unknown,
  path = 'when',
): { condition: LocationCondition } | { faults: Fault[] } {
  return parseTree(value, path, { names: LOCATION_CRITERIA, read: readLeaf });
}

function readLeaf(name: string, inner: unknown, at: string): LeafReading<LocationLeaf> {
  const read = readText(inner, at);
  if ('faults' in read) return read;
  const wrong = leafFault(name as LocationCriterionName, read.text);
  return wrong === null
    ? { leaf: { [name]: read.text } as LocationLeaf }
    : { faults: [{ path: at, code: 'format', ...wrong }] };
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

/** What a client did not say matches nothing; `not` of it therefore holds. */
export function judge(node: LocationCondition, facts: LocationFacts, path = 'when'): ConditionVerdict {
  return judgeTree(node, path, (leaf, at) => judgeLeaf(leaf, facts, at));
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
