import { UsageFault } from '../terminal/usage-fault.js';

/** A wave as `POST /rollouts` takes it. */
export interface WaveWish {
  count?: number;
  percent?: number;
  dps?: readonly string[];
  gate?: 'person';
}

/** `5`, `10%`, or `dp=north,south`. @throws UsageFault */
export function wave(said: string, gate: 'person' | undefined): WaveWish {
  const by = gate === undefined ? {} : { gate };
  const [, number, percent] = /^([1-9]\d{0,6})(%?)$/.exec(said) ?? [];
  if (number !== undefined)
    return percent ? { percent: Number(number), ...by } : { count: Number(number), ...by };
  const [, list] = /^dp=([a-z0-9-]+(?:,[a-z0-9-]+)*)$/.exec(said) ?? [];
  if (list === undefined) throw new UsageFault(`--wave: "${said}" is not like 5, 10% or dp=north,south`);
  return { dps: list.split(','), ...by };
}

/** @throws UsageFault */
export function integer(option: string, said: string): number {
  if (!/^-?\d{1,9}$/.test(said)) throw new UsageFault(`--${option} is a whole number, not "${said}"`);
  return Number(said);
}

/** @throws UsageFault */
export function oneOf<Value extends string>(option: string, said: string, values: readonly Value[]): Value {
  const found = values.find((value) => value === said);
  if (!found) throw new UsageFault(`--${option} is one of ${values.join(', ')}, not "${said}"`);
  return found;
}

/** An instant in ISO 8601; without a zone it is meant in that of this machine. @throws UsageFault */
export function time(option: string, said: string): string {
  const read = new Date(said);
  if (!/^\d{4}-\d\d-\d\d/.test(said) || Number.isNaN(read.getTime()))
    throw new UsageFault(`--${option} is a time like 2026-03-01T20:00, not "${said}"`);
  return read.toISOString();
}
