import type { UnlinkedEntries } from '#persistence';
import type { ChainEnd, ChainFault, SignedRemoval } from '#sealing';

/** Removals that are written out, the newest; `--json` has all. */
const SHOWN = 20;

/** What was found. */
export interface Result {
  faults: ChainFault[];
  /** Of all faults, those that are not told included. */
  count: number;
  end: ChainEnd;
  unlinked: UnlinkedEntries;
  newest: unknown;
}

/** What is wrong although the chain holds together: what never came into it, and what went without a trace. */
export function furtherFaults(
  { removals }: Pick<ChainEnd, 'removals'>,
  { late, foreign }: Pick<UnlinkedEntries, 'late' | 'foreign'>,
  unarchived: boolean,
): ChainFault[] {
  const faults: ChainFault[] = [];
  const add = (kind: ChainFault['kind'], sequence: number | null, text: string) =>
    faults.push({ kind, sequence, entry: null, text });
  if (foreign > 0)
    add('unlinked', null, `${foreign} entries have an id that no server gives: they were put in`);
  if (late > 0) {
    const text = `${late} entries have waited for their link for more than ten minutes: does a server run?`;
    add('unlinked', null, text);
  }
  if (unarchived) return faults;
  for (const { number, sequence, archive } of removals) {
    if (archive !== null) continue;
    const text = `entries up to ${sequence} were removed without an archive, as checkpoint ${number} says`;
    add('unarchived', sequence, `${text}; --unarchived takes that as intended`);
  }
  return faults;
}

export function textOf({ faults, count, end, unlinked }: Result): string {
  const lines = faults.map(({ text }) => `  ${text}\n`);
  if (count > faults.length) lines.push(`  and ${count - faults.length} more\n`);
  const oldest = unlinked.oldest instanceof Date ? `, the oldest of ${unlinked.oldest.toISOString()}` : '';
  return [
    count === 0 ? 'the audit holds\n' : `the audit does not hold: ${count} findings\n`,
    ...lines,
    `  entries: ${end.rows}, up to sequence ${end.sequence}`,
    end.removed > 0 ? `; up to ${end.removed} were removed as a checkpoint says\n` : '\n',
    ...removalLines(end.removals),
    `  checkpoints: ${end.checkpoints}; signed up to sequence ${end.signed}\n`,
    end.before > 0 ? `  ${end.before} entries are from before there was a chain\n` : '',
    unlinked.count > 0
      ? `  ${unlinked.count} entries wait for their link${oldest}: does a server run?\n`
      : '',
  ].join('');
}

function removalLines(removals: readonly SignedRemoval[]): string[] {
  const shown = removals.slice(-SHOWN);
  const earlier = removals.length - shown.length;
  return [
    ...(earlier > 0 ? [`  ${earlier} earlier removals; --json has them\n`] : []),
    ...shown.map(({ number, sequence, at, archive }) => {
      const time = at instanceof Date ? at.toISOString() : at;
      const where = archive ? `${archive.file}, SHA-256 ${archive.sha256}` : 'no archive';
      return `  removed up to ${sequence}: ${time}, checkpoint ${number}, ${where}\n`;
    }),
  ];
}
