import { failedWith, queuedOrder, runningOrder } from '../../testing/sample-orders.js';
import { DEFAULT_SETTINGS } from '../settings/settings.js';
import { keptSince, type OrderUse, removableOrders, RETENTION_KINDS } from './retention.js';

const now = new Date('2026-03-02T08:00:00Z');
const ended = failedWith(runningOrder(), 'NOT_ADMIN');
const unused: OrderUse = { computers: [], activeRollouts: new Set() };
const computer = { lastOrder: null, openOrder: null, client: null };

describe('what has been kept long enough', () => {
  it('is nothing by default', () => {
    for (const kind of RETENTION_KINDS) expect(keptSince(kind, DEFAULT_SETTINGS, now)).toBeNull();
  });

  it('is by days', () => {
    const settings = { ...DEFAULT_SETTINGS, keepOrders: 2 };
    expect(keptSince('orders', settings, now)).toEqual(new Date('2026-02-28T08:00:00Z'));
    expect(keptSince('audit', settings, now)).toBeNull();
  });
});

describe('a setting that the API would not have taken', () => {
  it.each([0.0001, 1.5, -1, Number.NaN, Number.POSITIVE_INFINITY, '1' as never])(
    'removes nothing: %s',
    (days) => {
      const settings = { ...DEFAULT_SETTINGS, keepAudit: days };
      expect(keptSince('audit', settings, now)).toBeNull();
    },
  );
});

describe('an order', () => {
  it('may go when it has ended and nothing needs it', () => {
    expect(removableOrders([ended, queuedOrder()], unused)).toEqual([ended]);
  });

  it.each<[string, Partial<OrderUse>]>([
    ['is the last one of its computer', { computers: [{ ...computer, lastOrder: ended.id }] }],
    ['installed the client', { computers: [{ ...computer, client: { order: ended.id } as never }] }],
    [
      'is carried over to its computer',
      { computers: [{ ...computer, openOrder: { id: ended.id } as never }] },
    ],
    ['was the last look at it', { computers: [{ ...computer, lastProbe: { order: ended.id } as never }] }],
  ])('stays when it %s', (_, use) => {
    expect(removableOrders([ended], { ...unused, ...use })).toEqual([]);
  });

  it('stays as long as its rollout has not ended', () => {
    const order = { ...ended, rollout: 'r-1' as never };
    expect(removableOrders([order], { ...unused, activeRollouts: new Set(['r-1']) })).toEqual([]);
    expect(removableOrders([order], { ...unused, activeRollouts: new Set(['r-2']) })).toEqual([order]);
  });
});
