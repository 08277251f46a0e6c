/// <reference types="jest" />
import { hitsIn, partsOf } from './log-search.js';

const LINES = ['Error: no space', 'done', 'an error, an ERROR'];

describe('the search in output', () => {
  it('finds every place without regard to case, and takes what is typed as it is', () => {
    expect(hitsIn(LINES, 'error').map(({ line, from }) => [line, from])).toEqual([
      [0, 0],
      [2, 3],
      [2, 13],
    ]);
    expect(hitsIn(['a.b', 'axb', 'a(b'], 'a.b')).toHaveLength(1);
    expect(hitsIn(['a(b'], '(')).toHaveLength(1);
    expect(hitsIn(LINES, '')).toEqual([]);
  });

  it('leaves nothing of a line out', () => {
    for (const line of LINES) {
      const parts = partsOf(line, hitsIn([line], 'error'));
      expect(parts.map(({ part }) => part).join('')).toBe(line);
      expect(parts.filter(({ hit }) => hit !== null).every(({ part }) => /^error$/i.test(part))).toBe(true);
    }
  });
});
