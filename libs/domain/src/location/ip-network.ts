import type { MessageDescriptor } from '#texts';
import { mustBe } from '../base/errors.js';
import { isIpAddress } from '../base/ip-address.js';

export type IpFamily = 4 | 6;

/** An address as a number. IPv4-mapped IPv6 addresses (`::ffff:192.0.2.1`, RFC 4291 §2.5.5.2) count as IPv4. */
export interface IpAddress {
  family: IpFamily;
  value: bigint;
}

/** All addresses from `first` to `last`. */
export interface IpNetwork {
  family: IpFamily;
  first: bigint;
  last: bigint;
  /** Bits that are free within the network: the fewer, the more specific it is. */
  hostBits: number;
}

const BITS = { 4: 32, 6: 128 } as const satisfies Record<IpFamily, number>;
const MAPPED = 0xffffn << 32n;
const MAPPED_PREFIX = 96;

/** Null when the text is no address. A prefix length (`10.0.0.5/24`) and a zone (`%eth0`) are left out of account. */
export function parseAddress(text: string): IpAddress | null {
  const [address = ''] = text.trim().split('/');
  if (!isIpAddress(address)) return null;
  if (!address.includes(':')) return { family: 4, value: ipv4Value(address) };
  const value = ipv6Value(address.split('%')[0] ?? '');
  return value >> 32n === MAPPED >> 32n ? { family: 4, value: value & 0xffff_ffffn } : { family: 6, value };
}

/** A network in CIDR form (RFC 4632, RFC 4291 §2.3), or what is wrong with it. */
export function parseNetwork(text: string): IpNetwork | { fault: MessageDescriptor } {
  const [, address = '', length = ''] = /^([^/]*)\/(\d{1,3})$/.exec(text) ?? [];
  const parsed = address.includes('%') ? null : parseAddress(address);
  if (!parsed) return { fault: mustBe('what.network') };
  const written = address.includes(':') ? 6 : 4;
  const prefix = Number(length) - (written === parsed.family ? 0 : MAPPED_PREFIX);
  const bits = BITS[parsed.family];
  if (prefix < 0 || prefix > bits)
    return { fault: { key: 'fault.prefixLength', params: { most: BITS[written] } } };
  const network = networkAround(parsed, prefix);
  if (network.first !== parsed.value) {
    const meant = `${formatAddress({ family: parsed.family, value: network.first })}/${prefix}`;
    return { fault: { key: 'fault.hostBits', params: { network: meant } } };
  }
  return network;
}

export function isInNetwork(address: IpAddress, network: IpNetwork): boolean {
  return address.family === network.family && address.value >= network.first && address.value <= network.last;
}

/** The usual form; IPv6 as RFC 5952 says. */
export function formatAddress({ family, value }: IpAddress): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join('.');
  const groups = Array.from({ length: 8 }, (_, at) => (value >> BigInt(112 - 16 * at)) & 0xffffn);
  const text = groups.map((group) => group.toString(16)).join(':');
  const [longest] = [...text.matchAll(/\b0(?::0)+\b/g)]
    .map((run) => run[0])
    .toSorted((a, b) => b.length - a.length);
  return longest === undefined ? text : text.replace(new RegExp(`(?:^|:)?\\b${longest}\\b:?`), '::');
}

/** The last address of a family, as a number. */
export function highestAddress(family: IpFamily): bigint {
  return (1n << BigInt(BITS[family])) - 1n;
}

function networkAround({ family, value }: IpAddress, prefix: number): IpNetwork {
  const hostBits = BITS[family] - prefix;
  const first = (value >> BigInt(hostBits)) << BigInt(hostBits);
  return { family, first, last: first + (1n << BigInt(hostBits)) - 1n, hostBits };
}

function ipv4Value(text: string): bigint {
  return text.split('.').reduce((value, octet) => (value << 8n) | BigInt(octet), 0n);
}

function ipv6Value(text: string): bigint {
  const [head = '', tail] = text.split('::');
  const [before, after] = [groupsOf(head), tail === undefined ? [] : groupsOf(tail)];
  const groups = [...before, ...Array<bigint>(8 - before.length - after.length).fill(0n), ...after];
  return groups.reduce((value, group) => (value << 16n) | group, 0n);
}

function groupsOf(half: string): bigint[] {
  if (half === '') return [];
  return half.split(':').flatMap((piece) => {
    if (!piece.includes('.')) return [BigInt(`0x${piece}`)];
    const value = ipv4Value(piece);
    return [value >> 16n, value & 0xffffn];
  });
}
