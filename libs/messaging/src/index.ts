export { BrokerConnection } from './broker-connection.js';
export { ChangePublisher, ChangeSubscriber, type ChangeListener } from './change-events.js';
export { DeadLetters, type DeadLetter } from './dead-letters.js';
export { brokerEnv } from './env.js';
export { BrokerUnavailable, TopologyMismatch, Unroutable } from './errors.js';
export { EventSender } from './event-sender.js';
export { MessagingModule, type MessagingOptions } from './messaging.module.js';
export { OrderQueueReader, type TakenTickets } from './order-queue-reader.js';
export { OrderQueues, type ManagementAccess, type QueueCounts } from './order-queues.js';
export { Publisher, type Outgoing } from './publisher.js';
export { QueueController, QueueServer, type HandlerQueue, type QueueServerOptions } from './queue-server.js';
export { RpcClient } from './rpc-client.js';
export { isPassing, NoHandler, settlementOf, type Settlement } from './settlement.js';
export {
  DEAD_QUEUES,
  deadQueue,
  EVENTS_EXCHANGE,
  orderQueue,
  QUEUES,
  retryQueue,
  type QueueType,
} from './topology.js';
