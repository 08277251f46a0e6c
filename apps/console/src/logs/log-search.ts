/** Where what is searched for stands. */
export interface Hit {
  /** From 0. */
  line: number;
  from: number;
  length: number;
}

/** More are neither counted nor marked. */
const MAX_HITS = 5000;

/** Every place of a text in lines, without regard to case. */
export function hitsIn(lines: readonly string[], wanted: string): Hit[] {
  const hits: Hit[] = [];
  if (wanted === '') return hits;
  const pattern = new RegExp(wanted.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'gi');
  for (const [line, text] of lines.entries()) {
    for (const { index, 0: found } of text.matchAll(pattern)) {
      hits.push({ line, from: index, length: found.length });
      if (hits.length === MAX_HITS) return hits;
    }
  }
  return hits;
}

/** A line in parts, each a hit or what stands between. */
export function partsOf(
  text: string,
  hits: readonly Hit[],
): { from: number; part: string; hit: Hit | null }[] {
  const parts: { from: number; part: string; hit: Hit | null }[] = [];
  let done = 0;
  for (const hit of hits) {
    if (hit.from > done) parts.push({ from: done, part: text.slice(done, hit.from), hit: null });
    done = hit.from + hit.length;
    parts.push({ from: hit.from, part: text.slice(hit.from, done), hit });
  }
  if (done < text.length) parts.push({ from: done, part: text.slice(done), hit: null });
  return parts;
}
