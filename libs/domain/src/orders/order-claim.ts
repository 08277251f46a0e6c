import type { DpId, OrderId } from '../base/ids.js';
import type { InstallOrder } from './install-order.js';

/** A hand-over of an order to a DP: what a DP calls it by. */
export interface HandOver {
  order: OrderId;
  fence: number;
}

/**
 * What a DP is told about an order that it says it works on.
 *
 * - `held`: go on; its lease is renewed.
 * - `cancel`: stop it where that is safe, and say how it ended.
 * - `lost`: it is this DP's no longer, whoever has it now, or however it has ended: stop.
 * - `ended`: nothing. The DP has ended it by its own report, or its success is known; its list is a moment older. Later it
 *   is `lost`: a DP that still works on it has forgotten that it ended.
 */
export type WordOnOrder = 'held' | 'cancel' | 'lost' | 'ended';

/** How much older than its reports a DP's list may be. */
const OLDER_LIST_MS = 60_000;

/** @param order as it is stored; undefined: there is none */
export function wordOn(order: InstallOrder | undefined, dp: DpId, fence: number, now: Date): WordOnOrder {
  if (!order) return 'lost';
  if (order.dp === dp && order.lease?.fence === fence)
    return order.state === 'cancelling' ? 'cancel' : 'held';
  return hasEndedItself(order, fence, now) ? 'ended' : 'lost';
}

/** Whether nobody has to be told to stop: it was the holder of this fence who said the last word, or it has succeeded. */
function hasEndedItself(order: InstallOrder, said: number, now: Date): boolean {
  const { fence, lastReport, state, endedAt } = order;
  if (fence === said && state === 'succeeded') return true;
  const isLastWord = lastReport?.fence === said && lastReport.isLast === true;
  return isLastWord && (endedAt ?? now).getTime() > now.getTime() - OLDER_LIST_MS;
}

/** Whether the order of a ticket that says "stop" is this DP's to stop; else what the DP has to know of it. */
export function wordOnCancel(order: InstallOrder | undefined, dp: DpId, now: Date): 'cancel' | 'lost' | null {
  if (!order || order.dp !== dp || order.fence === 0) return null;
  const word = wordOn(order, dp, order.fence, now);
  return word === 'cancel' || word === 'lost' ? word : null;
}

/** Everything an answer to a claim says of orders. */
export interface ClaimWords<Order> {
  /** Orders that are handed out. */
  orders: readonly Order[];
  /** Orders whose leases go on. */
  held: ReadonlySet<OrderId>;
  cancel: readonly HandOver[];
  lost: readonly HandOver[];
}

/**
 * One answer says one thing of each order, whatever came between the reads it is made from: to stop it goes before
 * handing it out, and what a DP holds or gets is not lost, under whichever older fence it may name it as well.
 */
export function coherent<Order>(
  { orders, held, cancel, lost }: ClaimWords<Order>,
  idOf: (order: Order) => OrderId,
): { orders: Order[]; cancel: HandOver[]; lost: HandOver[] } {
  const stopped = new Set(cancel.map(({ order }) => order));
  const given = new Map(orders.filter((one) => !stopped.has(idOf(one))).map((one) => [idOf(one), one]));
  const gone = lost.filter(({ order }) => !given.has(order) && !stopped.has(order) && !held.has(order));
  return { orders: [...given.values()], cancel: unique(cancel), lost: unique(gone) };
}

/** Of one order the newest hand-over. */
function unique(handOvers: readonly HandOver[]): HandOver[] {
  const newest = handOvers.toSorted((a, b) => a.fence - b.fence);
  return [...new Map(newest.map((one) => [one.order, one])).values()];
}
