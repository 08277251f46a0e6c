import { Logger } from '@nestjs/common';
import type { DpId, InstallOrder } from '#domain';
import type { OrderQueues } from '#messaging';
import type { OrderRepository } from '#persistence';
import type { OrderMetrics } from '../../platform/health/order-metrics.js';
import type { OrderTransitions } from '../orders/order-transitions.js';
import type { Dispatcher } from './dispatcher.js';
import { LostTickets } from './lost-tickets.js';

it('tickets of orders that were taken meanwhile are not counted as lost', async () => {
  jest.spyOn(Logger.prototype, 'warn').mockImplementation();
  const found = ['one', 'two', 'three'].map((id) => ({ id }) as InstallOrder);
  const orders = {
    countsQueued: () => Promise.resolve(new Map([['site' as DpId, found.length]])),
    queuedSince: () => Promise.resolve(found),
  };
  const moved = new Map(found.map(({ id }) => [id, { outcomes: [{ changed: id !== 'two' }] }]));
  const ticket = jest.fn();
  const lost = new LostTickets(
    orders as unknown as OrderRepository,
    { apply: () => Promise.resolve(moved) } as unknown as OrderTransitions,
    { dispatchMoved: () => Promise.resolve() } as unknown as Dispatcher,
    { isUsable: true, ready: () => Promise.resolve(0) } as unknown as OrderQueues,
    { ticket } as unknown as OrderMetrics,
  );
  await lost.look(new Date(0));
  await lost.look(new Date(60_000));
  expect(ticket.mock.calls).toEqual([['lost', 2]]);
});
