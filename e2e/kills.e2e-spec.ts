import { randomUUID } from 'node:crypto';
import { eventually } from '../tools/testing/eventually.js';
import { expectServerErrors } from '../tools/testing/server-errors.js';
import { ForeignDp, type ForeignOrder } from './support/foreign-dp.js';
import { Stack } from './support/stack.js';

interface OrderView {
  id: string;
  state: string;
  attempt: number;
  lease: { fence: number } | null;
}

/**
 * SIGKILL at the worst moments. A relay between a program and the broker withholds what passes, so that the kill comes
 * exactly between two steps. Whatever happens, every order ends exactly once and no message is left over.
 */
describe('when a program is killed', () => {
  let stack: Stack;
  let dp: ForeignDp;
  let count = 0;

  // the gateway's answer while the broker or the server is away
  expectServerErrors(503);

  beforeAll(async () => {
    stack = await Stack.start({ killable: true });
    await stack.publishClient();
    // what is left lying here keeps its login for a minute
    await stack.api.ok('PATCH', '/settings', { accountLogins: 0 });
    dp = new ForeignDp('site', stack.gatewayUrls[0] ?? '');
    const { joinToken } = await stack.api.ok<{ joinToken: string }>('POST', '/distribution-points', {
      id: 'site',
      name: 'Site',
      tenant: 'default',
    });
    await dp.enrol(joinToken);
    await stack.api.ok('POST', '/distribution-points/site/enable', { keyFingerprint: dp.fingerprint });
    const account = { label: 'a', tenant: 'default', username: 'u', password: 'p', order: 1, scope: 'all' };
    await stack.api.ok('POST', '/accounts', account);
  }, 120_000);

  afterEach(async () => {
    stack.openGates();
    expect(await stack.deadLetters()).toEqual({});
  });

  afterAll(async () => {
    await stack?.stop();
  }, 60_000);

  const newComputer = async (): Promise<string> => {
    const name = `kill-${(count += 1)}`;
    await stack.importCsv(`name\n${name}\n`, 'site');
    const { items } = await stack.api.ok<{ items: { id: string; name: string }[] }>(
      'GET',
      `/computers?q=${name}`,
    );
    const found = items.find((c) => c.name === name.toUpperCase());
    if (!found) throw new Error(`no computer ${name}`);
    return found.id;
  };

  const release = async (computer: string): Promise<string> => {
    const { results } = await stack.api.ok<{ results: { order: string }[] }>('POST', '/computers/release', {
      computers: [computer],
    });
    return results[0]?.order ?? '';
  };

  const orderState = (id: string): Promise<OrderView> => stack.api.ok<OrderView>('GET', `/orders/${id}`);

  /** Polls like a patient DP: a poll whose answer was lost, or was "unavailable", is repeated under its id. */
  const fetchOrder = (id: string, lost?: string): Promise<ForeignOrder> => {
    let unanswered = lost;
    return eventually(
      async () => {
        const again = unanswered === undefined ? {} : ({ again: true } as const);
        const poll = (unanswered ??= randomUUID());
        const answer = await dp.poll({ poll, ...again });
        if (answer.status === 200) unanswered = undefined;
        const found = answer.body.orders?.find(({ order }) => order.order === id)?.order;
        if (!found) throw new Error(`poll: ${answer.status} ${JSON.stringify(answer.body)}`);
        return found;
      },
      { timeoutMs: 60_000 },
    );
  };

  const reported = (
    order: ForeignOrder,
    state: string,
    fields: Record<string, unknown> = {},
  ): Promise<void> =>
    eventually(
      async () => {
        const answer = await dp.report([{ order, state, ...fields }]);
        if (answer.status !== 202) throw new Error(`report: ${answer.status}`);
      },
      { timeoutMs: 60_000 },
    );

  /** Installs, reports, and shows that the order ended exactly once. */
  const finish = async (order: ForeignOrder): Promise<void> => {
    await reported(order, 'accepted');
    await reported(order, 'succeeded', { result: 'OK' });
    await endedOnce(order.order);
  };

  const endedOnce = async (id: string): Promise<void> => {
    await eventually(
      async () => expect(await orderState(id)).toMatchObject({ state: 'succeeded', attempt: 1, lease: null }),
      { timeoutMs: 60_000 },
    );
    const { computer } = await stack.api.ok<{ computer: string }>('GET', `/orders/${id}`);
    await eventually(async () => {
      const view = await stack.api.ok('GET', `/computers/${computer}`);
      expect(view).toMatchObject({ state: 'awaiting-registration', openOrder: null });
    });
    await toldOnce(computer, 'order-succeeded');
  };

  /** What a crash kept out of the timeline is made up for by the sweep. */
  const toldOnce = (computer: string, kind: string): Promise<void> =>
    eventually(
      async () => {
        const { items } = await stack.api.ok<{ items: { kind: string }[] }>(
          'GET',
          `/computers/${computer}/timeline`,
        );
        expect(items.filter((e) => e.kind === kind)).toHaveLength(1);
      },
      { timeoutMs: 120_000 },
    );

  it('the server, between the database write and the publish: the order goes out after its restart', async () => {
    const computer = await newComputer();
    stack.serverGate.hold('out');
    const answer = release(computer).catch((error: Error) => error);
    const order = await eventually(async () => {
      const items = await stack.ground.find('orders', { computer });
      if (items.length !== 1) throw new Error('not written yet');
      return String(items[0]?.['_id']);
    });
    await stack.killServer();
    await answer;
    stack.openGates();
    await stack.restartServer();
    await finish(await fetchOrder(order));
  }, 120_000);

  it('the server, between the computer’s intent and its order: the order is made from the intent', async () => {
    const computer = await newComputer();
    const order = await release(computer);
    const taken = await fetchOrder(order);
    await finish(taken);
    // What a kill between the two writes leaves: the intent without its order.
    const again = await newComputer();
    const second = await release(again);
    await stack.killServer();
    await stack.ground.remove('orders', { _id: second });
    await stack.restartServer();
    await eventually(async () => expect(await orderState(second)).toMatchObject({ computer: again }), {
      timeoutMs: 60_000,
    });
    await finish(await fetchOrder(second));
  }, 120_000);

  it('the server, before the timeline has what happened to a computer: it is told after the restart', async () => {
    const computer = await newComputer();
    await stack.api.ok('PATCH', `/computers/${computer}`, { description: 'by the window' });
    await toldOnce(computer, 'edited');
    await stack.killServer();
    // What a kill between the two writes leaves: the computer as it is now, and no word of it.
    await stack.ground.remove('timeline', { computer, kind: 'edited' });
    await stack.restartServer();
    await toldOnce(computer, 'edited');
    await finish(await fetchOrder(await release(computer)));
  }, 240_000);

  it('the server, between the lease and its answer: the repeated poll gets the same order with the same fence', async () => {
    const computer = await newComputer();
    // From here on the gateway knows the DP and need not ask the server for it
    await eventually(async () => expect((await dp.poll()).status).toBe(200));
    const order = await release(computer);
    stack.serverGate.hold('out');
    const lost = dp.poll({ poll: 'lost-answer-1' });
    await eventually(async () => {
      const items = await stack.ground.find('orders', { _id: order });
      expect(items[0]?.['state']).toBe('leased');
    });
    await stack.killServer();
    stack.openGates();
    await stack.restartServer();
    await lost.catch(() => undefined);
    const taken = await fetchOrder(order, 'lost-answer-1');
    expect(taken).toMatchObject({ fence: 1, attempt: 1 });
    await finish(taken);
  }, 120_000);

  it('the gateway, between the lease and its answer: the tickets come again and the repeated poll gets the order', async () => {
    const computer = await newComputer();
    // From here on the gateway knows the DP and need not ask the server for it
    await eventually(async () => expect((await dp.poll()).status).toBe(200));
    const order = await release(computer);
    stack.serverGate.hold('out');
    const lost = dp.poll({ poll: 'lost-answer-2' }).catch(() => undefined);
    await eventually(async () => {
      const items = await stack.ground.find('orders', { _id: order });
      expect(items[0]?.['state']).toBe('leased');
    });
    // The reply reaches the broker and no further
    stack.gatewayGate.hold('in');
    stack.serverGate.release();
    await stack.killGateway();
    await lost;
    stack.openGates();
    await stack.restartGateway();
    const taken = await fetchOrder(order, 'lost-answer-2');
    expect(taken.fence).toBe(1);
    await finish(taken);
  }, 120_000);

  it('the gateway, between taking reports and the broker’s confirm: no 202, and the repeat counts once', async () => {
    const order = await fetchOrder(await release(await newComputer()));
    await reported(order, 'accepted');
    stack.gatewayGate.hold('out');
    const unanswered = dp.report([{ order, state: 'succeeded', result: 'OK' }]).catch(() => ({ status: 0 }));
    await stack.killGateway();
    expect((await unanswered).status).not.toBe(202);
    stack.openGates();
    await stack.restartGateway();
    await reported(order, 'succeeded', { result: 'OK' });
    await endedOnce(order.order);
  }, 120_000);

  it('the gateway, after the broker’s confirm and before its 202: the repeat changes nothing', async () => {
    const order = await fetchOrder(await release(await newComputer()));
    await reported(order, 'accepted');
    stack.gatewayGate.hold('in');
    const unanswered = dp.report([{ order, state: 'succeeded', result: 'OK' }]).catch(() => ({ status: 0 }));
    await eventually(async () => expect(await orderState(order.order)).toMatchObject({ state: 'succeeded' }));
    await stack.killGateway();
    expect((await unanswered).status).not.toBe(202);
    stack.openGates();
    await stack.restartGateway();
    await reported(order, 'succeeded', { result: 'OK' });
    await endedOnce(order.order);
  }, 120_000);

  it('the server, in the middle of many reports: each is applied once', async () => {
    const computers: string[] = [];
    for (let i = 0; i < 5; i += 1) computers.push(await newComputer());
    const orders: ForeignOrder[] = [];
    for (const computer of computers) orders.push(await fetchOrder(await release(computer)));
    await dp.report(orders.map((order) => ({ order, state: 'accepted' })));
    await dp.report(orders.map((order) => ({ order, state: 'succeeded', result: 'OK' })));
    await stack.killServer();
    await stack.restartServer();
    for (const order of orders) await endedOnce(order.order);
  }, 120_000);

  it('the broker, with tickets on its queues: they are there again after its restart', async () => {
    const order = await release(await newComputer());
    await stack.killBroker();
    await stack.restartBroker();
    await finish(await fetchOrder(order));
  }, 180_000);

  it('the broker, and its data is wiped: the tickets are put on the queues again', async () => {
    const order = await release(await newComputer());
    await stack.wipeBroker();
    await finish(await fetchOrder(order));
  }, 240_000);

  it('the database: what was answered is still there', async () => {
    const order = await release(await newComputer());
    await stack.killDatabase();
    await stack.restartDatabase();
    await finish(await fetchOrder(order));
  }, 180_000);
});
