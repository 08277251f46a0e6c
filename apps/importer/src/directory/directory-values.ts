import type { Entry } from 'ldapts';
import { dnKey, partsOfDn } from '#domain';

type Value = Entry[string] | undefined;

/** The first value as text; null when there is none, or it is blank. */
export function textOf(value: Value): string | null {
  const first = Array.isArray(value) ? value[0] : value;
  const text = Buffer.isBuffer(first) ? first.toString() : (first ?? '');
  return text.trim() || null;
}

/** All values as texts. */
export function textsOf(value: Value): string[] {
  if (value === undefined) return [];
  return [value].flat().map((one) => one.toString());
}

export function bytesOf(value: Value): Buffer | null {
  const first = Array.isArray(value) ? value[0] : value;
  if (first === undefined) return null;
  return Buffer.isBuffer(first) ? first : Buffer.from(first, 'latin1');
}

export function numberOf(value: Value): number | null {
  const text = textOf(value);
  return text !== null && /^-?\d{1,15}$/.test(text) ? Number(text) : null;
}

/** Sixteen bytes as a GUID in its usual form: the first three groups are little-endian ([MS-DTYP] 2.3.4.2). */
export function guidOf(bytes: Buffer | null): string | null {
  if (bytes?.length !== 16) return null;
  const hex = (from: number, to: number): string => bytes.subarray(from, to).toString('hex');
  const swapped = (from: number, to: number): string =>
    Buffer.from(bytes.subarray(from, to).toReversed()).toString('hex');
  return [swapped(0, 4), swapped(4, 6), swapped(6, 8), hex(8, 10), hex(10, 16)].join('-');
}

/** The last part of a security identifier, which numbers accounts within a domain ([MS-DTYP] 2.4.2). */
export function ridOf(sid: Buffer | null): number | null {
  return sid && sid.length >= 12 ? sid.readUInt32LE(sid.length - 4) : null;
}

const NEVER = [0n, 9_223_372_036_854_775_807n];
const EPOCH_MS = 11_644_473_600_000n;

/** A FILETIME (100 ns since 1601); null for "never". */
export function fileTimeOf(value: Value): Date | null {
  const text = textOf(value);
  if (text === null || !/^\d{1,19}$/.test(text)) return null;
  const ticks = BigInt(text);
  return NEVER.includes(ticks) ? null : new Date(Number(ticks / 10_000n - EPOCH_MS));
}

/** Where an entry stands. */
export function parentOf(dn: string): string {
  return partsOfDn(dn).slice(1).join(',');
}

/** The DNS name of the domain that an entry is in, by its DC parts. */
export function domainOf(dn: string): string {
  return partsOfDn(dn)
    .flatMap((part) => /^\s*DC=(.+)$/i.exec(part)?.[1]?.trim() ?? [])
    .join('.')
    .toLowerCase();
}

/** Servers write the same name in different ways. */
export const sameDn = dnKey;
