import { connect, type ConfirmChannel } from 'amqplib';

/** Messages that may wait for their confirm. */
const WINDOW = 100;
const CHANNELS = 16;

/**
 * What the broker alone can do: publish each ticket, get it, ack it, publish its report, consume that. Confirms in a
 * window, 16 channels for the gets; the upper limit of any hand-out and report path over these queues.
 *
 * @returns orders per second
 */
export async function bareBroker(amqpUrl: string, orders: number, queues: number): Promise<number> {
  const connection = await connect(amqpUrl, { noDelay: true });
  const publisher = await connection.createConfirmChannel();
  const names = Array.from({ length: queues }, (_, i) => `bare.${i}.orders`);
  for (const name of names)
    await publisher.assertQueue(name, { durable: true, arguments: { 'x-queue-type': 'classic' } });
  await publisher.assertQueue('bare.status', { durable: true });
  const ticket = Buffer.alloc(160, 'x');
  const report = Buffer.alloc(500, 'x');

  const started = process.hrtime.bigint();
  await publishAll(publisher, orders, (i) => names[i % queues] ?? '', ticket);
  const consumed = consumeAll(await connection.createChannel(), 'bare.status', orders);
  const perChannel = Array.from({ length: CHANNELS }, (_, c) =>
    names.filter((_name, i) => i % CHANNELS === c),
  );
  await Promise.all(
    perChannel.map(async (mine) => {
      const channel = await connection.createChannel();
      const reports = await connection.createConfirmChannel();
      for (const name of mine) {
        for (;;) {
          const message = await channel.get(name, { noAck: false });
          if (!message) break;
          channel.ack(message);
          reports.sendToQueue('bare.status', report, { persistent: true, mandatory: true });
        }
      }
      await reports.waitForConfirms();
    }),
  );
  await consumed;
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  for (const name of [...names, 'bare.status']) await publisher.deleteQueue(name);
  await connection.close();
  return orders / seconds;
}

async function publishAll(
  channel: ConfirmChannel,
  count: number,
  queueOf: (index: number) => string,
  body: Buffer,
): Promise<void> {
  for (let i = 0; i < count; i += 1) {
    channel.sendToQueue(queueOf(i), body, { persistent: true, mandatory: true });
    if (i % WINDOW === WINDOW - 1) await channel.waitForConfirms();
  }
  await channel.waitForConfirms();
}

async function consumeAll(
  channel: Awaited<ReturnType<Awaited<ReturnType<typeof connect>>['createChannel']>>,
  queue: string,
  count: number,
): Promise<void> {
  await channel.prefetch(100);
  await new Promise<void>((resolve, reject) => {
    let seen = 0;
    channel
      .consume(queue, (message) => {
        if (!message) return;
        channel.ack(message);
        seen += 1;
        if (seen === count) resolve();
      })
      .catch(reject);
  });
}
