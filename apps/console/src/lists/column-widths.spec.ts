/// <reference types="jest" />
import { fitColumns, type ColumnNeed } from './column-widths.js';

const column = (natural: number, kind: ColumnNeed['kind'] = 'other', grow = 1): ColumnNeed => ({
  natural,
  kind,
  grow,
});
const rounded = (columns: readonly ColumnNeed[], available: number): number[] =>
  fitColumns(columns, available).map(Math.round);

describe('columns of a list', () => {
  it('are as wide as their cells, and share what is left over', () => {
    expect(rounded([column(100), column(200, 'long', 3), column(40, 'other', 0)], 740)).toEqual([
      200, 500, 40,
    ]);
  });

  it('cut long texts first where there is too little space', () => {
    expect(rounded([column(220, 'firm'), column(900, 'long'), column(180)], 800)).toEqual([220, 400, 180]);
  });

  it('cut the widest of the others next, and names and states last', () => {
    const columns = [column(220, 'firm'), column(900, 'long'), column(180), column(300)];
    expect(rounded(columns, 660)).toEqual([220, 110, 165, 165]);
  });

  it('never cut below a width at which something can be read: then the list scrolls', () => {
    expect(rounded([column(120, 'firm'), column(900, 'long'), column(180), column(50)], 300)).toEqual([
      120, 240, 180, 50,
    ]);
  });

  it('come out at the space there is, to the pixel', () => {
    const columns = [column(144, 'firm'), column(100), column(300), column(80), column(700, 'long')];
    for (let available = 520; available < 1500; available += 37)
      expect(
        Math.abs(fitColumns(columns, available).reduce((all, one) => all + one) - available),
      ).toBeLessThan(1);
  });
});
