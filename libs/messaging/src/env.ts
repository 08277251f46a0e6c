import { z } from 'zod';

/** What every program that speaks to the broker reads from its environment. */
export const brokerEnv = {
  AMQP_URL: z.string().regex(/^amqps?:\/\//, 'must begin with amqp:// or amqps://'),
  /** Type of the DPs' order queues: quorum on a cluster, classic on one node. */
  ORDER_QUEUE_TYPE: z.enum(['classic', 'quorum']).default('classic'),
  /** Type of the durable event queues. */
  EVENT_QUEUE_TYPE: z.enum(['classic', 'quorum']).default('classic'),
};
