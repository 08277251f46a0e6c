import {
  type InjectionToken,
  Logger,
  Module,
  type DynamicModule,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { Registry } from 'prom-client';
import { RPC } from '#contract';
import { classicOnCluster } from './broker-address.js';
import { BrokerConnection } from './broker-connection.js';
import { BrokerGaps } from './broker-gaps.js';
import { BrokerMetrics } from './broker-metrics.js';
import { ChangePublisher, ChangeSubscriber } from './change-events.js';
import { DeadLetters } from './dead-letters.js';
import { EventSender } from './event-sender.js';
import { GatewayRoute } from './gateway-route.js';
import { OrderQueueReader } from './order-queue-reader.js';
import type { ManagementAccess } from './management.js';
import { OrderQueues } from './order-queues.js';
import { Publisher } from './publisher.js';
import { QueuePolicies } from './queue-policies.js';
import { RpcClient } from './rpc-client.js';
import type { QueueType } from './topology.js';

export interface MessagingOptions {
  url: string;
  /** The program's name, shown on the broker's dashboard. */
  name: string;
  orderQueueType: QueueType;
  management?: ManagementAccess | null;
  /** What it does there, and what its user has to have the right to (deploy/rabbitmq/users.sh). */
  role: 'server' | 'importer' | 'gateway';
  /** Where the program's metrics are; without it the connections are not counted. */
  metrics?: InjectionToken<Registry>;
}

/** Closes the connections after everything that uses them has stopped. */
class Connections implements OnApplicationShutdown {
  constructor(private readonly connections: readonly BrokerConnection[]) {}

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.connections.map((connection) => connection.close()));
  }
}

/** What only the server does: it owns the DPs' order queues, and administrators look at dead letters through it. */
function serverSide(
  connection: BrokerConnection,
  publisher: Publisher,
  type: QueueType,
  log: Logger,
  management: ManagementAccess | null,
): { provide: InjectionToken; useFactory: () => unknown }[] {
  return [
    {
      provide: OrderQueues,
      useFactory: () => new OrderQueues(connection, publisher, type, log, management),
    },
    { provide: DeadLetters, useFactory: () => new DeadLetters(connection, publisher) },
  ];
}

/** Everything a program says over the broker. Handlers of messages are served by {@link QueueServer} beside it. */
@Module({})
export class MessagingModule {
  static forRoot(options: MessagingOptions): DynamicModule {
    const log = new Logger('Broker');
    const connection = new BrokerConnection(options.url, options.name, log);
    const { orderQueueType: type, management = null, role } = options;
    const wrongType = classicOnCluster(options.url, 'ORDER_QUEUE_TYPE', type);
    if (wrongType) log.warn(wrongType);
    const route = role === 'gateway' ? new GatewayRoute(connection, log) : undefined;
    const publisher = new Publisher(connection, route);
    // Polls have a connection of their own: thousands of consumers must not slow publishing down
    const polls = role === 'gateway' ? [new BrokerConnection(options.url, `${options.name}-polls`, log)] : [];
    const declares = role === 'server';
    const providers = [
      { provide: BrokerConnection, useValue: connection },
      { provide: BrokerGaps, useFactory: () => new BrokerGaps(connection, route) },
      { provide: Publisher, useValue: publisher },
      { provide: EventSender, useValue: new EventSender(publisher) },
      { provide: RpcClient, useFactory: () => new RpcClient(connection, route) },
      ...polls.map((reading) => ({
        provide: OrderQueueReader,
        useFactory: (rpc: RpcClient) =>
          new OrderQueueReader(reading, publisher, log, (dp) => rpc.call(RPC.queue, { dp })),
        inject: [RpcClient],
      })),
      {
        provide: ChangeSubscriber,
        useFactory: () => new ChangeSubscriber(connection, log, declares),
      },
      ...(role === 'gateway'
        ? []
        : [{ provide: ChangePublisher, useFactory: () => new ChangePublisher(connection, declares) }]),
      ...(role === 'server' ? serverSide(connection, publisher, type, log, management) : []),
    ];
    const connections = [connection, ...polls];
    const counting = options.metrics && {
      provide: BrokerMetrics,
      useFactory: (registry: Registry) => new BrokerMetrics(registry, connections),
      inject: [options.metrics],
    };
    return {
      module: MessagingModule,
      global: true,
      providers: [
        ...providers,
        ...(counting ? [counting] : []),
        { provide: QueuePolicies, useFactory: () => new QueuePolicies(management, log) },
        { provide: Connections, useValue: new Connections(connections) },
      ],
      exports: providers.map(({ provide }) => provide),
    };
  }
}
