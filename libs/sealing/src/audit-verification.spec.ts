import fc from 'fast-check';
import { CHAINED_AT as at, checkpointOf, linked, type LinkedRow } from '../testing/sample-chain.js';
import { CHAIN_START, type ChainRow, type Checkpoint, linkHash } from './audit-chain.js';
import type { Witness } from './audit-checkpoints.js';
import type { ChainFault, ChainFaultKind, ChainPosition } from './audit-faults.js';
import { type ChainEnd, verifyChain } from './audit-verification.js';
import { generateSigningKeyPair, publicKeyText } from './keys.js';

const pair = generateSigningKeyPair();
const key = publicKeyText(pair.publicKey);

interface Chain {
  rows: LinkedRow[];
  checkpoints: Checkpoint[];
  head: { sequence: number; hash: string } | null;
  witnesses: Witness[];
  removing?: { from: number; to: number } | null;
}

const row = (n: number): ChainRow => ({ id: `e-${n}`, at, action: 'dp.enabled', data: { after: { n } } });

const signed = (position: ChainPosition, before: Checkpoint | undefined, by = pair): Checkpoint =>
  checkpointOf(position, before, by);

/** @param every rows that lie between two checkpoints; the last row has one */
function chainOf(length: number, every: number): Chain {
  const rows = linked(Array.from({ length }, (_, n) => row(n + 1)));
  const checkpoints: Checkpoint[] = [];
  for (const { link } of rows) {
    if (link.sequence % every !== 0 && link.sequence !== length) continue;
    checkpoints.push(signed(link, checkpoints.at(-1)));
  }
  const last = rows.at(-1)?.link;
  return {
    rows,
    checkpoints,
    head: last ? { sequence: last.sequence, hash: last.hash } : null,
    witnesses: [],
  };
}

async function* each<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items;
}

async function verified(
  { rows, checkpoints, head, witnesses, removing }: Chain,
  trusted = key,
): Promise<{ faults: ChainFault[]; end: ChainEnd }> {
  // as the database gives them: by sequence
  const sorted = rows.toSorted((a, b) => a.link.sequence - b.link.sequence);
  const walk = verifyChain({
    rows: () => each(sorted),
    checkpoints: () => each(checkpoints),
    head: () => Promise.resolve(head),
    removing: () => Promise.resolve(removing ?? null),
    witnesses,
    isTrusted: (one) => one === trusted,
  });
  const faults: ChainFault[] = [];
  for (;;) {
    const next = await walk.next();
    if (next.done) return { faults, end: next.value };
    faults.push(next.value);
  }
}

const kindsOf = (faults: readonly ChainFault[]): ChainFaultKind[] => [
  ...new Set(faults.map(({ kind }) => kind)),
];

/** Everything somebody may do who can write to the database and has no key; the row that it is found at, at the latest. */
const TAMPERING: Readonly<
  Record<string, (chain: Chain, n: number) => { kinds: ChainFaultKind[]; at: number } | null>
> = {
  'a changed field': ({ rows }, n) => {
    rows[n] = { ...rows[n]!, row: { ...rows[n]!.row, action: 'dp.disabled' } };
    return { kinds: ['changed'], at: n + 1 };
  },
  'a field put in': ({ rows }, n) => {
    rows[n] = { ...rows[n]!, row: { ...rows[n]!.row, note: null } };
    return { kinds: ['changed'], at: n + 1 };
  },
  'a changed time of linking': ({ rows }, n) => {
    rows[n] = { ...rows[n]!, link: { ...rows[n]!.link, at: new Date(0) } };
    return { kinds: ['changed'], at: n + 1 };
  },
  'a changed row with a hash that fits': ({ rows }, n) => {
    const { row: old, link } = rows[n]!;
    const changed = { ...old, action: 'dp.disabled' };
    rows[n] = { row: changed, link: { ...link, hash: linkHash(changed, link) } };
    return { kinds: ['broken', 'contradicted'], at: n + 2 };
  },
  'a removed row': (chain, n) => {
    chain.rows.splice(n, 1);
    return { kinds: ['missing', 'cut-off'], at: n + 1 };
  },
  'a removed link': (chain, n) => {
    chain.rows[n] = { ...chain.rows[n]!, link: null as never };
    chain.rows = chain.rows.filter(({ link }) => link !== null);
    return { kinds: ['missing', 'cut-off'], at: n + 1 };
  },
  'a row put in': ({ rows }, n) => {
    const { link } = rows[n]!;
    const put = row(1000);
    rows.push({ row: put, link: { ...link, hash: linkHash(put, link) } });
    return { kinds: ['repeated'], at: n + 1 };
  },
  'two rows that changed places': ({ rows }, n) => {
    if (n + 1 >= rows.length) return null;
    const [one, other] = [rows[n]!, rows[n + 1]!];
    rows[n] = { row: other.row, link: one.link };
    rows[n + 1] = { row: one.row, link: other.link };
    return { kinds: ['changed'], at: n + 1 };
  },
  'a cut-off end': (chain, n) => {
    chain.rows.length = n;
    return { kinds: ['cut-off'], at: n + 1 };
  },
  'a cut-off end, and the head put back': (chain, n) => {
    chain.rows.length = n;
    const last = chain.rows.at(-1)?.link;
    chain.head = { sequence: last?.sequence ?? 0, hash: last?.hash ?? CHAIN_START };
    return { kinds: ['cut-off'], at: n + 1 };
  },
  'a chain written anew from a row on': (chain, n) => {
    const start = chain.rows[n - 1]?.link ?? { sequence: 0, hash: CHAIN_START };
    const rest = chain.rows
      .slice(n)
      .map(({ row: one }, index) => (index === 0 ? { ...one, action: 'x' } : one));
    chain.rows = [...chain.rows.slice(0, n), ...linked(rest, start)];
    chain.head = chain.rows.at(-1)!.link;
    return { kinds: ['contradicted'], at: chain.rows.length };
  },
  'the same, with a checkpoint of another key': (chain, n) => {
    TAMPERING['a chain written anew from a row on']?.(chain, n);
    chain.checkpoints = [signed(chain.rows.at(-1)!.link, undefined, generateSigningKeyPair())];
    return { kinds: ['unsigned'], at: chain.rows.length };
  },
  'a checkpoint taken out': (chain) => {
    if (chain.checkpoints.length < 2) return null;
    chain.checkpoints.splice(0, 1);
    return { kinds: ['contradicted'], at: chain.rows.length };
  },
  'a changed checkpoint': (chain) => {
    const last = chain.checkpoints.at(-1)!;
    chain.checkpoints[chain.checkpoints.length - 1] = { ...last, hash: CHAIN_START };
    return { kinds: ['unsigned'], at: chain.rows.length };
  },
  'everything cut off, and a checkpoint that somebody kept': (chain, n) => {
    chain.witnesses = [{ source: 'north', checkpoint: chain.checkpoints.at(-1) }];
    chain.rows.length = n;
    chain.checkpoints = chain.checkpoints.filter(({ sequence }) => sequence <= n);
    const last = chain.rows.at(-1)?.link;
    chain.head = last ? { sequence: last.sequence, hash: last.hash } : null;
    return { kinds: ['cut-off'], at: n + 1 };
  },
};

describe('a chain of entries', () => {
  it.each(Object.entries(TAMPERING))('shows %s, wherever it is', async (_, tamper) => {
    const places = fc.integer({ min: 1, max: 24 }).chain((length) =>
      fc.record({
        length: fc.constant(length),
        every: fc.integer({ min: 1, max: 9 }),
        n: fc.nat(length - 1),
      }),
    );
    await fc.assert(
      fc.asyncProperty(places, async ({ length, every, n }) => {
        const chain = chainOf(length, every);
        const expected = tamper(chain, n);
        if (!expected) return;
        const { faults } = await verified(chain);
        expect(expected.kinds.some((kind) => kindsOf(faults).includes(kind))).toBe(true);
        const earliest = Math.min(...faults.map(({ sequence }) => sequence ?? Infinity));
        expect(earliest).toBeLessThanOrEqual(expected.at);
      }),
    );
  });

  it('shows nothing where nothing was done, and says how far signatures go', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(30), fc.integer({ min: 1, max: 9 }), async (length, every) => {
        const { faults, end } = await verified(chainOf(length, every));
        expect(faults).toEqual([]);
        expect(end).toMatchObject({ rows: length, sequence: length, signed: length });
      }),
    );
  });

  it('cannot show that its end was cut off where nobody had signed it or kept it', async () => {
    const chain = chainOf(9, 5);
    chain.checkpoints.pop();
    chain.rows.length = 7;
    chain.head = chain.rows.at(-1)!.link;
    expect((await verified(chain)).faults).toEqual([]);
  });

  it('names the first of many rows that are gone, once', async () => {
    const chain = chainOf(20, 5);
    chain.rows.splice(7, 6);
    const { faults } = await verified(chain);
    expect(faults).toEqual([
      expect.objectContaining({ kind: 'missing', sequence: 8, text: 'entries 8 to 13 are gone' }),
    ]);
  });

  it('does not count a checkpoint that another installation has signed', async () => {
    const { faults } = await verified(chainOf(3, 3), 'another');
    expect(kindsOf(faults)).toEqual(['unsigned']);
  });

  it('goes on behind rows that were removed, as far as a signature says', async () => {
    const chain = chainOf(12, 4);
    const removed = { sequence: 5, hash: chain.rows[4]!.link.hash, archive: null };
    chain.checkpoints.push(checkpointOf(chain.head!, chain.checkpoints.at(-1), pair, removed));
    // removing was under way
    chain.rows.splice(0, 3);
    chain.removing = { from: 1, to: 5 };
    expect(await verified(chain)).toMatchObject({
      faults: [],
      end: { removed: 5, sequence: 12, removals: [{ sequence: 5, archive: null, at }] },
    });
    chain.rows.splice(0, 2);
    chain.removing = null;
    expect((await verified(chain)).faults).toEqual([]);
    chain.rows.splice(0, 1);
    expect((await verified(chain)).faults).toMatchObject([{ kind: 'missing', sequence: 6 }]);
  });
});

describe('a row that a checkpoint says is removed, and is there', () => {
  const removedUpTo5 = (): Chain => {
    const chain = chainOf(12, 4);
    const removed = { sequence: 5, hash: chain.rows[4]!.link.hash, archive: null };
    chain.checkpoints.push(checkpointOf(chain.head!, chain.checkpoints.at(-1), pair, removed));
    return chain;
  };

  it('is a fault when nothing is being removed', async () => {
    const chain = removedUpTo5();
    chain.rows.splice(0, 4);
    expect((await verified(chain)).faults).toMatchObject([{ kind: 'repeated', sequence: 5, entry: 'e-5' }]);
    chain.removing = { from: 1, to: 4 };
    expect((await verified(chain)).faults).toMatchObject([{ kind: 'repeated', sequence: 5 }]);
  });

  it.each([2, 5])('is a fault when it was changed, although it is being removed (%d)', async (sequence) => {
    const chain = removedUpTo5();
    chain.removing = { from: 1, to: 5 };
    const { row: old, link } = chain.rows[sequence - 1]!;
    const changed = { ...old, action: 'x' };
    chain.rows[sequence - 1] = { row: changed, link };
    expect((await verified(chain)).faults).toMatchObject([{ kind: 'changed', sequence }]);
    chain.rows[sequence - 1] = { row: changed, link: { ...link, hash: linkHash(changed, link) } };
    expect(kindsOf((await verified(chain)).faults)).toContain('changed');
    chain.rows.splice(sequence, 0, { row: row(1000), link });
    expect(kindsOf((await verified(chain)).faults)).toContain('changed');
  });
});

/** As the database's driver makes them: the type is the prototype's. */
class OfDriver {
  constructor(
    private readonly type: string,
    private readonly text: string,
  ) {}

  get _bsontype(): string {
    return this.type;
  }

  toJSON(): string {
    return this.text;
  }
}

describe('the hash of a link', () => {
  const link = { sequence: 1, previous: CHAIN_START, at, before: false };

  it('is SHA-256 of canonical JSON that anybody can make', () => {
    // printf '%s' '{"action":"a","chain":{"at":{"$date":"2026-03-02T08:00:00.000Z"},"before":false,"previous":"0…0","sequence":1},"id":"e","who":null}' | sha256sum
    expect(linkHash({ who: null, id: 'e', action: 'a' }, link)).toBe(
      '69ab2576c3c7d5c4660f3b8bd721f8b5693ee14ae4016345220792877131c141',
    );
  });

  it('bears whatever stands in a database, and tells it apart', () => {
    const values = [Number.NaN, Number.POSITIVE_INFINITY, null, 0, undefined, 'NaN', { $number: 'NaN' }];
    const hashes = values.map((value) => linkHash({ id: 'e', value }, link));
    expect(new Set(hashes).size).toBe(values.length);
  });

  it('sees of which type of the database a value is', () => {
    const hex = '65e2d5c0f1a2b3c4d5e6f708';
    const values = [
      at,
      at.toISOString(),
      { $date: at.toISOString() },
      { $object: { $date: at.toISOString() } },
      new OfDriver('ObjectId', hex),
      new OfDriver('Decimal128', hex),
      hex,
      { _bsontype: 'ObjectId' },
      Buffer.from('x'),
      9_007_199_254_740_993n,
      /x/,
      {},
    ];
    const hashes = values.map((value) => linkHash({ id: 'e', value }, link));
    expect(new Set(hashes).size).toBe(values.length);
  });
});
