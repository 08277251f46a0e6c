import { Logger, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { classicOnCluster } from './broker-address.js';
import { BrokerConnection } from './broker-connection.js';
import { BrokerGaps } from './broker-gaps.js';
import { ChangePublisher, ChangeSubscriber } from './change-events.js';
import { DeadLetters } from './dead-letters.js';
import { EventSender } from './event-sender.js';
import { OrderQueueReader } from './order-queue-reader.js';
import { OrderQueues, type ManagementAccess } from './order-queues.js';
import { Publisher } from './publisher.js';
import { RpcClient } from './rpc-client.js';
import type { QueueType } from './topology.js';

export interface MessagingOptions {
  url: string;
  /** The program's name, shown on the broker's dashboard. */
  name: string;
  orderQueueType: QueueType;
  management?: ManagementAccess | null;
  /** Whether it reads the DPs' order queues: only a gateway does. */
  readsOrders?: boolean;
}

/** Closes the connections after everything that uses them has stopped. */
class Connections implements OnApplicationShutdown {
  constructor(private readonly connections: readonly BrokerConnection[]) {}

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.connections.map((connection) => connection.close()));
  }
}

/** Everything a program says over the broker. Handlers of messages are served by {@link QueueServer} beside it. */
@Module({})
export class MessagingModule {
  static forRoot(options: MessagingOptions): DynamicModule {
    const log = new Logger('Broker');
    const connection = new BrokerConnection(options.url, options.name, log);
    const publisher = new Publisher(connection);
    const { orderQueueType: type, management = null } = options;
    const wrongType = classicOnCluster(options.url, 'ORDER_QUEUE_TYPE', type);
    if (wrongType) log.warn(wrongType);
    // Polls have a connection of their own: thousands of consumers must not slow publishing down
    const polls = options.readsOrders
      ? [new BrokerConnection(options.url, `${options.name}-polls`, log)]
      : [];
    const providers = [
      { provide: BrokerConnection, useValue: connection },
      { provide: BrokerGaps, useFactory: () => new BrokerGaps(connection) },
      { provide: Publisher, useValue: publisher },
      { provide: EventSender, useValue: new EventSender(publisher) },
      { provide: RpcClient, useFactory: () => new RpcClient(connection) },
      {
        provide: OrderQueues,
        useFactory: () => new OrderQueues(connection, publisher, type, log, management),
      },
      ...polls.map((reading) => ({
        provide: OrderQueueReader,
        useFactory: () => new OrderQueueReader(reading, publisher, type, log),
      })),
      { provide: ChangePublisher, useFactory: () => new ChangePublisher(connection) },
      { provide: ChangeSubscriber, useFactory: () => new ChangeSubscriber(connection, log) },
      { provide: DeadLetters, useFactory: () => new DeadLetters(connection, publisher) },
    ];
    return {
      module: MessagingModule,
      global: true,
      providers: [...providers, { provide: Connections, useValue: new Connections([connection, ...polls]) }],
      exports: providers.map(({ provide }) => provide),
    };
  }
}
