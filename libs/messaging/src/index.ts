export { brokerAddresses, type BrokerAddress } from './broker-address.js';
export { BrokerGaps, type BrokerGap } from './broker-gaps.js';
export { BrokerConnection } from './broker-connection.js';
export { ChangePublisher, ChangeSubscriber, type ChangeListener } from './change-events.js';
export { Deadline, deadlineOf } from './deadline.js';
export { DeadLetters, type DeadLetter } from './dead-letters.js';
export { brokerEnv } from './env.js';
export { orderQueueAttributes, orderQueueSpan } from './message-spans.js';
export { BrokerUnavailable, QueueRefused, TopologyMismatch, Unroutable } from './errors.js';
export { EventSender } from './event-sender.js';
export { MessagingModule, type MessagingOptions } from './messaging.module.js';
export { OrderQueueReader, type TakenTickets } from './order-queue-reader.js';
export type { ManagementAccess } from './management.js';
export { OrderQueues, type QueueCounts } from './order-queues.js';
export { Publisher } from './publisher.js';
export { QueueController, QueueServer, type HandlerQueue, type QueueServerOptions } from './queue-server.js';
export { CALL_QUEUES, Content, HandleCall } from './calls.js';
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
