import { disorderIn } from './verdict.js';

/** A timeline of one order, a second between its entries, the newest first as the API has it. */
function timeline(...kinds: string[]): { at: string; kind: string; order: string }[] {
  const at = (second: number): string => new Date(Date.UTC(2026, 2, 2, 8, 0, second)).toISOString();
  return kinds.map((kind, second) => ({ at: at(second), kind, order: 'o' })).toReversed();
}

describe('the verdict on a timeline', () => {
  it('finds nothing in one that is in order, also over several attempts', () => {
    const told = ['order-queued', 'order-leased', 'order-accepted', 'order-progress', 'order-retry'];
    expect(disorderIn(timeline(...told, ...told.slice(0, 4), 'order-succeeded'))).toEqual([]);
  });

  it('finds progress before it was accepted, also in a later attempt', () => {
    expect(disorderIn(timeline('order-queued', 'order-progress', 'order-accepted'))).toHaveLength(1);
    const first = ['order-accepted', 'order-progress', 'order-retry'];
    expect(disorderIn(timeline(...first, 'order-progress', 'order-accepted'))).toHaveLength(1);
  });

  it('finds what follows the end', () => {
    expect(disorderIn(timeline('order-accepted', 'order-succeeded', 'order-progress'))).toHaveLength(1);
    expect(disorderIn(timeline('order-accepted', 'order-succeeded', 'report-ignored'))).toEqual([]);
  });

  it('finds entries whose times do not follow each other', () => {
    const told = timeline('order-queued', 'order-leased', 'order-accepted');
    const [third, second, first] = told;
    expect(disorderIn([second, third, first].filter((one) => one !== undefined))).toHaveLength(1);
  });
});
