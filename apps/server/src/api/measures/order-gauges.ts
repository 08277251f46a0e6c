import { OPEN_ORDER_STATES } from '#domain';
import { age, type GaugeRule } from './gauge-rule.js';

export const ORDER_GAUGES: readonly GaugeRule[] = [
  {
    name: 'relaypoint_orders',
    help: 'Open orders by state',
    labels: ['state'],
    read: ({ orders }) => OPEN_ORDER_STATES.map((state) => [{ state }, orders.byState.get(state) ?? 0]),
  },
  {
    name: 'relaypoint_orders_oldest_queued_seconds',
    help: 'Age of the ticket that has waited longest on the order queue of a DP that is not overdue',
    read: ({ orders, at }) => [[{}, age(orders.oldestQueued, at)]],
  },
  {
    name: 'relaypoint_orders_oldest_unaccepted_seconds',
    help: 'Age of the oldest ticket whose order was handed out and is not accepted',
    read: ({ orders, at }) => [[{}, age(orders.oldestUnaccepted, at)]],
  },
  {
    name: 'relaypoint_orders_deadline_late_seconds',
    help: 'By how much the sweep is late with the oldest deadline of an order',
    read: ({ orders, at }) => [[{}, age(orders.oldestDeadline, at)]],
  },
];
