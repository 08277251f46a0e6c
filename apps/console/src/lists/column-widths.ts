/** What a column needs, in pixels. */
export interface ColumnNeed {
  /** Its widest cell that is known, heading included. */
  natural: number;
  /** Share of what is left over; 0: it stays as wide as its cells. */
  grow: number;
  /** What it keeps although others are cut: names of rows and states most, long texts least. */
  kind: 'firm' | 'long' | 'other';
}

/** Below these a column is not made narrower than its cells; the list is scrolled sideways instead. */
const LEAST = { firm: 240, long: 110, other: 80 } as const;
/** Where a list is scrolled sideways anyway, only what is wider is cut. */
const WHOLE = 240;
/** Halvings of the width at which columns are cut: more than pixels need. */
const HALVINGS = 16;

/**
 * How wide columns are, in pixels: as wide as their cells as long as there is space, with what is left over shared out. Else long
 * texts give way first, then the widest of the others, and names of rows and states last.
 *
 * @param available pixels for all of them
 */
export function fitColumns(columns: readonly ColumnNeed[], available: number): number[] {
  const cells = sum(columns.map(({ natural }) => natural));
  if (cells <= available) {
    const shares = sum(columns.map(({ grow }) => grow));
    return columns.map(({ natural, grow }) =>
      shares === 0 ? natural : natural + ((available - cells) * grow) / shares,
    );
  }
  if (sum(columns.map(leastOf)) >= available) return columns.map(({ natural }) => Math.min(natural, WHOLE));
  const long = columns.filter(({ kind }) => kind === 'long');
  const others = columns.filter(({ kind }) => kind !== 'long');
  const whole = sum(others.map(({ natural }) => natural));
  const forOthers = Math.min(whole, available - sum(long.map(leastOf)));
  const levels = { others: levelFor(others, forOthers), long: levelFor(long, available - forOthers) };
  return columns.map((one) => cutAt(one, one.kind === 'long' ? levels.long : levels.others));
}

const sum = (widths: readonly number[]): number => widths.reduce((all, one) => all + one, 0);
const leastOf = ({ natural, kind }: ColumnNeed): number => Math.min(natural, LEAST[kind]);
const cutAt = (column: ColumnNeed, level: number): number =>
  Math.max(leastOf(column), Math.min(column.natural, level));

/** The width at which columns are cut to fit. */
function levelFor(columns: readonly ColumnNeed[], available: number): number {
  let [low, high] = [0, Math.max(0, ...columns.map(({ natural }) => natural))];
  if (sum(columns.map(({ natural }) => natural)) <= available) return high;
  for (let step = 0; step < HALVINGS; step += 1) {
    const level = (low + high) / 2;
    if (sum(columns.map((one) => cutAt(one, level))) <= available) low = level;
    else high = level;
  }
  return low;
}
