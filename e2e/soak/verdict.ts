import type { Stack } from '../support/stack.js';
import { moodOf, type Site } from './site.js';

interface OrderView {
  id: string;
  state: string;
  computer: string;
  computerName?: string;
  endedAt: string | null;
}

interface Told {
  at: string;
  kind: string;
  order: string | null;
}

const ENDS = ['order-succeeded', 'order-failed', 'order-cancelled', 'order-expired', 'order-outcome-unknown'];

/** All pages of a list. */
export async function listAll<T>(stack: Stack, path: string): Promise<T[]> {
  const all: T[] = [];
  let after = '';
  do {
    const page = await stack.api.ok<{ items: T[]; next: string | null }>('GET', `${path}&limit=500${after}`);
    all.push(...page.items);
    after = page.next === null ? '' : `&after=${encodeURIComponent(page.next)}`;
  } while (after !== '');
  return all;
}

/** What is wrong after a soak, in words; nothing: all is well. */
export async function faultsAfter(stack: Stack, sites: readonly Site[], wanted: number): Promise<string[]> {
  const faults: string[] = [];
  const computers = await listAll<{ id: string; name: string }>(stack, '/computers?sort=name');
  const orders = await listAll<OrderView>(stack, '/orders?sort=createdAt');
  if (computers.length !== wanted) faults.push(`${computers.length} computers instead of ${wanted}`);
  if (orders.length !== wanted) faults.push(`${orders.length} orders instead of ${wanted}`);
  const byComputer = new Map(orders.map((order) => [order.computer, order]));
  for (const { id, name } of computers) {
    const order = byComputer.get(id);
    const expected = moodOf(name) === 'disk is full' ? 'failed' : 'succeeded';
    if (order?.state !== expected)
      faults.push(`${name}: ${order?.state ?? 'no order'} instead of ${expected}`);
    const { items } = await stack.api.ok<{ items: Told[] }>('GET', `/computers/${id}/timeline?limit=500`);
    faults.push(...disorderIn(items).map((fault) => `${name}: ${fault}`));
  }
  faults.push(...executionFaults(sites, orders));
  for (const site of sites) faults.push(...site.dp.faults.map((fault) => `${site.id}: ${fault}`));
  for (const [queue, depth] of Object.entries(await stack.deadLetters()))
    faults.push(`${queue} holds ${depth}`);
  return faults;
}

/** Every attempt was executed once, and no order ended by a word that nobody said. */
function executionFaults(sites: readonly Site[], orders: readonly OrderView[]): string[] {
  const executed = new Map<string, number>();
  for (const site of sites)
    for (const [key, count] of site.executed) executed.set(key, (executed.get(key) ?? 0) + count);
  const worked = new Set([...executed.keys()].map((key) => key.split('/')[0]));
  return [
    ...[...executed]
      .filter(([, count]) => count > 1)
      .map(([key, count]) => `${key} was executed ${count} times`),
    ...orders
      .filter(({ id, state }) => state === 'succeeded' && !worked.has(id))
      .map(({ id }) => `${id} succeeded and was never executed`),
  ];
}

/** What is out of order in a timeline, the oldest entry first or last. */
export function disorderIn(items: readonly Told[]): string[] {
  const [first, last] = [items[0], items.at(-1)];
  const told = first && last && first.at > last.at ? items.toReversed() : items;
  const faults: string[] = [];
  let isAccepted = false;
  let hasEnded = false;
  for (const [index, { at, kind, order }] of told.entries()) {
    if (index > 0 && at < (told[index - 1]?.at ?? ''))
      faults.push(`${kind} at ${at} stands after a later entry`);
    if (order === null || kind === 'report-ignored') continue;
    if (kind.startsWith('order-') && hasEnded) faults.push(`${kind} after the end of the order`);
    if (kind === 'order-accepted') isAccepted = true;
    if (kind === 'order-progress' && !isAccepted) faults.push('progress before accepted');
    if (kind === 'order-retry') isAccepted = false;
    if (ENDS.includes(kind)) hasEnded = true;
  }
  return faults;
}
