import type { ChangeEvent } from '#contract';
import { eventually } from '../../../tools/testing/eventually.js';
import { createVhost, type TestVhost } from '../../../tools/testing/vhost.js';
import { BrokerConnection } from './broker-connection.js';
import { ChangePublisher, ChangeSubscriber } from './change-events.js';

const quiet = { log: () => undefined, warn: () => undefined, error: () => undefined };
const change = (topic: ChangeEvent['topic'], id: string): ChangeEvent => ({
  v: 1,
  topic,
  id,
  tenant: 'default',
});

describe('changes', () => {
  let vhost: TestVhost;
  let hearing: BrokerConnection;
  let telling: BrokerConnection;
  let heard: string[];

  beforeEach(async () => {
    vhost = await createVhost();
    hearing = new BrokerConnection(vhost.url, 'hears', quiet);
    heard = [];
    await new Promise<void>((live) => {
      new ChangeSubscriber(hearing, quiet).subscribe({
        keys: ['dp.*', 'keys.*', 'order.*'],
        onEvent: ({ topic, id }) => heard.push(`${topic} ${id}`),
        onLive: live,
      });
    });
    telling = new BrokerConnection(vhost.url, 'tells', quiet);
  });

  afterEach(async () => {
    await Promise.all([hearing.close(), telling.close()]);
    await vhost.drop();
  });

  it('of who is let in wait until the broker can be reached; of the others nobody hears then', async () => {
    const changes = new ChangePublisher(telling);
    expect(telling.isConnected).toBe(false);
    changes.publish(change('order', 'early'));
    changes.publish(change('dp', 'berlin'));
    changes.publish(change('keys', 'berlin'));
    await eventually(() => expect(heard).toEqual(['dp berlin', 'keys berlin']));
    changes.publish(change('order', 'late'));
    await eventually(() => expect(heard).toEqual(['dp berlin', 'keys berlin', 'order late']));
  });

  it('that follow each other are told of once, those of a DP at once', async () => {
    const changes = new ChangePublisher(telling);
    changes.publish(change('dp', 'first'));
    await eventually(() => expect(heard).toEqual(['dp first']));
    for (let i = 0; i < 50; i += 1) changes.publish(change('order', String(i % 2)));
    changes.beforeApplicationShutdown();
    changes.publish(change('dp', 'last'));
    await eventually(() => expect(heard).toEqual(['dp first', 'order 0', 'order 1', 'dp last']));
  });
});
