import type { ChainEnd } from '#sealing';
import { jsonOf, restoreIn, type Result, textOf } from './verify-audit-result.js';

const STEERING = '\u001b[2J\u009b2K\rthe audit holds\n\u202e';

const row = {
  at: STEERING,
  who: { name: `who${STEERING}` },
  data: { backup: `backup${STEERING}`, begunAt: STEERING, sequence: 1 },
};
const end = {
  rows: 1,
  sequence: 1,
  removed: 0,
  removals: [{ number: 1, sequence: 1, at: STEERING, archive: { file: STEERING, sha256: STEERING } }],
  checkpoints: 1,
  signed: 1,
  before: 0,
} as unknown as ChainEnd;
const result: Result = {
  faults: [{ kind: 'changed', sequence: 1, entry: STEERING, text: `entry ${STEERING}` }],
  count: 1,
  end,
  unlinked: { count: 0, oldest: null, late: 0, restoredAt: null, foreign: 0, restores: [] },
  newest: null,
  restores: [restoreIn(row as never, { sequence: 1 })],
};

describe('what verify-audit prints', () => {
  it('does not steer the terminal by what is stored', () => {
    const lines = textOf(result).split('\n');
    expect(lines.join('')).not.toMatch(/[\p{Cc}\u202e]/u);
    expect(lines).not.toContain('the audit holds');
    expect(lines.join('')).toContain('by who');
  });

  it('is the same in JSON, with no control characters', () => {
    expect(jsonOf(result, 2).replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    expect(JSON.parse(jsonOf(result))).toEqual(JSON.parse(JSON.stringify(result)));
  });
});
