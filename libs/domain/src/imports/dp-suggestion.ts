import type { DpId } from '../base/ids.js';
import { plain } from './import-header.js';
import { valueKey } from './text-pattern.js';

/** A DP that computers of a tenant may be given. */
export interface AssignableDp {
  id: DpId;
  name: string;
  /** Nothing is installed by it before somebody enables it again. */
  isDisabled: boolean;
}

/** The DPs of a tenant, to be found by what stands in files. */
export interface DpIndex {
  all: readonly AssignableDp[];
  has: (id: string) => boolean;
  /** By its id, else by its name where only one DP has it. */
  find: (text: string) => { dp: DpId; by: 'id' | 'name' } | null;
  /** The one DP that a text with a typing error most likely means; null when there is none, or several. */
  suggest: (text: string) => AssignableDp | null;
}

export function dpIndex(all: readonly AssignableDp[]): DpIndex {
  const ids = new Map<string, DpId>(all.map(({ id }) => [id, id]));
  const names = new Map<string, DpId | null>();
  for (const { id, name } of all) names.set(valueKey(name), names.has(valueKey(name)) ? null : id);
  const suggested = new Map<string, AssignableDp | null>();
  return {
    all,
    has: (id) => ids.has(id),
    find: (text) => {
      const key = valueKey(text);
      const byId = ids.get(key);
      if (byId !== undefined) return { dp: byId, by: 'id' };
      const byName = names.get(key);
      return byName ? { dp: byName, by: 'name' } : null;
    },
    suggest: (text) => {
      const key = valueKey(text);
      let found = suggested.get(key);
      if (found === undefined) suggested.set(key, (found = nearest(key, all)));
      return found;
    },
  };
}

/** Words for a place in general: "Standort 07" and "site-07" name the same. */
const PLACES = new Set(
  (
    'site sites standort standorte location filiale niederlassung zweigstelle aussenstelle branch office ' +
    'agence sede sucursal vestiging lokalizacja dp verteilpunkt verteilungspunkt distributionpoint'
  ).split(' '),
);

interface Likeness {
  /** Letters without words for places; empty when nothing else is there. */
  letters: string;
  words: readonly string[];
  /** All letters, in case one of the words for places is mistyped itself. */
  all: string;
  /** Numbers without zeros in front; two places with other numbers are never the same one. */
  numbers: string;
}

function likenessOf(text: string): Likeness {
  const parts = text.split(/[^\p{L}\p{M}\p{N}]+|(?<=\p{N})(?=\p{L})|(?<=\p{L})(?=\p{N})/u).map(plain);
  const spoken = parts.filter((part) => /^[a-z]/.test(part));
  const words = spoken.filter((part) => !PLACES.has(part));
  const numbers = parts.filter((part) => /^\d+$/.test(part)).map((part) => part.replace(/^0+(?=\d)/, ''));
  return { letters: words.join(''), words, all: spoken.join(''), numbers: numbers.join('.') };
}

/** How far two texts are from each other; Infinity: they do not mean the same. */
function distanceOf(a: Likeness, b: Likeness): number {
  if (a.numbers !== b.numbers) return Infinity;
  if (a.letters === b.letters) return a.letters === '' && a.numbers === '' ? Infinity : 0;
  const typed = Math.min(typedDistance(a.letters, b.letters), typedDistance(a.all, b.all));
  if (typed < Infinity) return typed;
  const isPart =
    b.words.length > 0 && b.letters.length > 3 && b.words.every((word) => a.words.includes(word));
  return isPart ? 3 : Infinity;
}

/** Infinity: more differs than one mistypes in a word of this length. */
function typedDistance(a: string, b: string): number {
  const longest = Math.max(a.length, b.length);
  const most = longest < 4 ? 0 : longest < 8 ? 1 : 2;
  const distance = editDistance(a, b, most);
  return distance <= most ? distance : Infinity;
}

function nearest(text: string, dps: readonly AssignableDp[]): AssignableDp | null {
  const wanted = likenessOf(text);
  let best: AssignableDp | null = null;
  let least = Infinity;
  for (const dp of dps) {
    const distance = Math.min(distanceOf(wanted, likenessOf(dp.id)), distanceOf(wanted, likenessOf(dp.name)));
    if (distance > least || distance === Infinity) continue;
    best = distance === least ? null : dp;
    least = distance;
  }
  return best;
}

/** Letters to insert, delete, change or swap with the next one (optimal string alignment); more than `most` is not told apart. */
function editDistance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min((next[j - 1] ?? 0) + 1, (row[j] ?? 0) + 1, (row[j - 1] ?? 0) + cost);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) least = Math.min(least, (before[j - 2] ?? 0) + 1);
      next.push(least);
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? most + 1;
}
