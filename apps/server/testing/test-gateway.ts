import { randomUUID } from 'node:crypto';
import {
  RPC,
  type ClaimAnswer,
  type ClaimCall,
  type Report,
  type ReportMessage,
  type WireOrder,
} from '#contract';
import { EventSender, QUEUES, RpcClient } from '#messaging';
import { OrderRepository } from '#persistence';
import type { OrderId } from '#domain';
import type { TestServer } from './test-server.js';

let seq = 0;

/** What a gateway asks on behalf of a DP that polls: a new poll without tickets, but for `fields`. */
export function claimFor(
  server: TestServer,
  dp: string,
  fields: Partial<ClaimCall> = {},
): Promise<ClaimAnswer> {
  const poll = { poll: randomUUID(), again: false, max: 100, tickets: [], running: [] };
  return server.app.get(RpcClient).call(RPC.claim, { dp, ...poll, ...fields });
}

/** The tickets that orders have on their queues. */
export async function ticketsOf(
  server: TestServer,
  orders: readonly string[],
): Promise<ClaimCall['tickets']> {
  const stored = await server.app.get(OrderRepository).findByIds(orders as readonly OrderId[]);
  return stored.map(({ id, publish }) => ({ order: id, ticket: publish.ticket ?? 1, kind: 'order' }));
}

/** Sends a report as a gateway passes it on: `progress` of the order's attempt, but for `fields`. */
export function sendReport(
  server: TestServer,
  order: Pick<WireOrder, 'order' | 'fence' | 'attempt'>,
  dp: string,
  fields: Partial<Report>,
  receivedAt = new Date(),
): Promise<void> {
  const message = reportOf(order, dp, fields, receivedAt);
  return server.app.get(EventSender).send(QUEUES.status, 'report', message);
}

/** The same as a message. */
export function reportOf(
  order: Pick<WireOrder, 'order' | 'fence' | 'attempt'>,
  dp: string,
  fields: Partial<Report>,
  receivedAt = new Date(),
): ReportMessage {
  const at = receivedAt.toISOString();
  return {
    v: 1,
    dp,
    receivedAt: at,
    correlation: 'c',
    report: {
      report: randomUUID(),
      order: order.order,
      fence: order.fence,
      attempt: order.attempt,
      seq: (seq += 1),
      at,
      state: 'progress',
      ...fields,
    },
  };
}
