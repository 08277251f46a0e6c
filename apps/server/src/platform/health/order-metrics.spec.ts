import { Registry } from 'prom-client';
import type { FailureCode, InstallOrder, OrderState } from '#domain';
import { OrderMetrics } from './order-metrics.js';

const order = (state: OrderState, code?: FailureCode): InstallOrder =>
  ({
    state,
    fence: 0,
    acceptedRound: 0,
    failure: code ? { code } : null,
    createdAt: new Date(0),
  }) as InstallOrder;

it.each<[OrderState, FailureCode | undefined]>([
  ['succeeded', undefined],
  ['failed', 'DISK_FULL'],
  ['expired', 'DELIVERY_EXPIRED'],
  // as it was stopped before
  ['expired', 'DISK_FULL'],
  ['outcome-unknown', 'OUTCOME_UNKNOWN'],
])(
  'an order that ends as %s (%p) is counted from zero: the first of a kind is growth',
  async (state, code) => {
    const registry = new Registry();
    const metrics = new OrderMetrics(registry);
    const series = async (): Promise<Map<string, string>> => {
      const text = await registry.getSingleMetricAsString('relaypoint_orders_ended_total');
      return new Map(
        Array.from(text.matchAll(/^\w+(\{.*\}) (\d+)$/gm), ([, labels = '', n = '']) => [labels, n]),
      );
    };
    const before = await series();
    metrics.moved(order('queued'), order(state, code), new Date(0));
    const changed = [...(await series())].filter(([labels, n]) => before.get(labels) !== n);
    expect(changed).toEqual([[expect.stringContaining(`result="${state}"`), '1']]);
    expect(before.get(changed[0]?.[0] ?? '')).toBe('0');
  },
);
