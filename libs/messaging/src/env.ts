import { z } from 'zod';
import { brokerAddresses } from './broker-address.js';

/** What every program that speaks to the broker reads from its environment. */
export const brokerEnv = {
  /** One address, or those of a cluster's nodes separated by commas; tried in turn. */
  AMQP_URL: z.string().superRefine((text, context) => {
    try {
      brokerAddresses(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
    }
  }),
  /** Type of the DPs' order queues: quorum on a cluster, classic on one node. */
  ORDER_QUEUE_TYPE: z.enum(['classic', 'quorum']).default('classic'),
  /** Type of the durable event queues. */
  EVENT_QUEUE_TYPE: z.enum(['classic', 'quorum']).default('classic'),
};
