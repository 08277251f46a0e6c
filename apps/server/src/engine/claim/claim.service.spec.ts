import type { DistributionPoint, InstallOrder, OrderEvent, OrderId } from '#domain';
import type { Deadline } from '#messaging';
import {
  apply,
  cancelAsked,
  claimed,
  NOW,
  queuedOrder,
  report,
} from '../../../../../libs/domain/testing/sample-orders.js';
import { joined, pair } from '../../../../../libs/domain/testing/sample-pair.js';
import type { OrderEventInput } from '../orders/order-transitions.js';
import { ClaimService } from './claim.service.js';

/** Claims at a service that has one DP and one order, and stores nothing. */
class Desk {
  readonly moves: OrderEvent[] = [];
  readonly wakes: string[] = [];
  private readonly service: ClaimService;

  constructor(
    dp: DistributionPoint,
    private readonly order: InstallOrder,
  ) {
    const parts = [
      { findByIds: async () => [order], countsHeld: async () => new Map() },
      { findByIds: async () => [dp] },
      { apply: (moves: ReadonlyMap<OrderId, OrderEventInput[]>) => this.noted(moves) },
      { look: async () => ({ holdOf: () => null }) },
      { begin: async () => new Map(), onlyOne: () => null, countedOf: () => [] },
      { forDp: async () => ({ concurrency: 5, pollInterval: 60 }) },
      { signed: async () => [] },
      {},
      { reevaluateAccounts: () => undefined },
      { dispatchLater: () => undefined },
      { claims: { startTimer: () => () => undefined } },
      { changed: (topic: string, id: string) => this.wakes.push(`${topic} ${id}`) },
    ] as unknown as ConstructorParameters<typeof ClaimService>;
    this.service = new ClaimService(...parts);
  }

  claim(machine: string, kind: 'order' | 'cancel') {
    const ticket = { order: this.order.id, kind, ticket: this.order.publish.ticket };
    const call = {
      dp: 'site-a',
      machine,
      poll: 'poll-9',
      again: false,
      max: 5,
      running: [],
      tickets: [ticket],
    };
    return this.service.claim(call, { isOver: false } as Deadline);
  }

  private async noted(moves: ReadonlyMap<OrderId, OrderEventInput[]>): Promise<Map<OrderId, never>> {
    this.moves.push(...[...moves.values()].flat().map(({ event }) => event));
    return new Map<OrderId, never>();
  }
}

describe('a claim of one of two machines', () => {
  it.each([
    ['is noted in the lease when both work', pair, 'one'],
    ['is that of a DP with one machine while the second is not enabled', joined, undefined],
  ])('%s', async (_, dp, machine) => {
    const desk = new Desk(dp, queuedOrder());
    await desk.claim('one', 'order');
    expect(desk.moves).toMatchObject([{ type: 'claimed' }]);
    expect(desk.moves).toMatchObject([machine === undefined ? {} : { machine }]);
    expect('machine' in (desk.moves[0] ?? {})).toBe(machine !== undefined);
  });

  const heldBy = (machine?: string): InstallOrder => {
    const leased = claimed(queuedOrder());
    const lease = leased.lease && { ...leased.lease, ...(machine !== undefined && { machine }) };
    return cancelAsked(apply({ ...leased, lease }, report(leased, 'accepted', { now: NOW })));
  };

  it.each([
    ['says to stop an order to the machine that has it', 'one', 1, []],
    ['wakes the machine that has the order, and says nothing to the other one', 'two', 0, ['dp site-a']],
    ['does both when nobody knows which of them has it', undefined, 1, ['dp site-a']],
  ])('%s', async (_, holder, said, wakes) => {
    jest.useFakeTimers({ now: NOW, doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    const desk = new Desk(pair, heldBy(holder));
    const { cancel } = await desk.claim('one', 'cancel');
    jest.useRealTimers();
    expect(cancel).toHaveLength(said);
    expect(desk.wakes).toEqual(wakes);
  });
});
