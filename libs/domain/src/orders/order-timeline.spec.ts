import type { OrderEntry } from '../base/timeline.js';
import { at, newOrder, queuedOrder } from '../../testing/sample-orders.js';
import { entriesOf, eventsOf, withEntries } from './order-timeline.js';

const entry = (id: string, data: Record<string, unknown> = {}): OrderEntry => ({
  id,
  dp: null,
  at: at(0),
  source: 'dp',
  kind: 'order-progress',
  from: 'running',
  to: 'running',
  data,
});
const many = (count: number, name = 'e'): OrderEntry[] =>
  Array.from({ length: count }, (_, index) => entry(`${name}-${index}`));

describe('the timeline of an order', () => {
  it('gets what is new, and what is repeated once only', () => {
    const order = newOrder({ timeline: [entry('a')] });
    const { order: told, added } = withEntries(order, queuedOrder(), [entry('a'), entry('b'), entry('b')]);
    expect(told.timeline?.map(({ id }) => id)).toEqual(['a', 'b']);
    expect([added, told.state]).toEqual([1, 'queued']);
  });

  it('takes over what an earlier version has left', () => {
    const former = { ...eventsOf(newOrder({ timeline: [entry('b')] }))[0] } as never;
    const order = { ...newOrder({ timeline: [entry('a')] }), untold: [former] };
    const told = withEntries(order, order, [entry('b'), entry('c')]).order;
    expect(entriesOf(told)).toEqual([entry('a'), entry('b'), entry('c')]);
    expect(told).not.toHaveProperty('untold');
  });

  it.each([
    ['entries', many(50), many(3, 'new')],
    ['text', [entry('a', { log: 'x'.repeat(90_000) })], [entry('b', { log: 'x'.repeat(16_000) })]],
  ])('lets go of earlier ones when there are too many %s', (_, before, fresh) => {
    const order = newOrder({ timeline: before });
    const { order: told, outgrown } = withEntries(order, order, fresh);
    expect(told.timeline).toEqual(fresh);
    expect(outgrown).toEqual(eventsOf(order));
    // nothing has to move for a change that tells nothing
    expect(withEntries(order, order, []).outgrown).toEqual([]);
  });
});
