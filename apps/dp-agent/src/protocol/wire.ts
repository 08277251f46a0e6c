import {
  BUNDLE_VERSION,
  type EnrolAnswer,
  type OrderContext,
  type OrderFence,
  type PollAnswer,
  type ReportsAnswer,
  type WireOrder,
} from '#contract';
import { z } from 'zod';

// What the gateway answers, parsed once. Fields that are not known yet are ignored, as the protocol asks.

const id = z.string().regex(/^[A-Za-z0-9._:-]{1,40}$/);
const fence: z.ZodType<OrderFence> = z.object({ order: id, fence: z.int().nonnegative() });
const instant = z.iso.datetime({ offset: true });
const exitCodes = z.array(z.int());

const release = z.object({
  version: z.string().min(1),
  files: z.array(
    z.object({
      platform: z.string(),
      name: z.string(),
      url: z.string().min(1),
      size: z.int().nonnegative(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
  platforms: z.record(
    z.string(),
    z.object({
      install: z.string().min(1),
      args: z.array(z.string()),
      successCodes: exitCodes,
      restartCodes: exitCodes,
    }),
  ),
});

const contextFields = {
  correlation: z.string().regex(/^[\w.-]{1,64}$/),
  traceparent: z.string().regex(/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/),
};

/** What an order's lines and reports carry; what is not understood of it must not keep the DP from the order. */
export const orderContext: z.ZodType<OrderContext> = z.object({
  correlation: contextFields.correlation.optional().catch(undefined),
  traceparent: contextFields.traceparent.optional().catch(undefined),
});

/** An order, after its signature was verified over the text as it came. */
export const wireOrder: z.ZodType<WireOrder> = z.object({
  order: id,
  dp: z.string().min(1),
  attempt: z.int().nonnegative(),
  fence: z.int().nonnegative(),
  leaseUntil: instant,
  kind: z.enum(['install-client', 'probe', 'restart', 'reinstall', 'uninstall-client']),
  computer: z.object({
    name: z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,254}$/),
    hostName: z
      .string()
      .regex(/^[A-Za-z0-9_][A-Za-z0-9_-]{0,62}$/)
      .optional(),
    fqdn: z.string().nullable(),
    address: z.string().nullable(),
    os: z.string().nullish(),
  }),
  release: release.nullable(),
  accounts: z.array(
    z.union([
      z.object({ local: z.literal(true) }),
      z.object({ account: id, keyId: z.string(), sealed: z.string() }),
    ]),
  ),
  registration: z.object({ url: z.string(), token: z.string() }).nullable(),
  method: z.object({
    kinds: z.array(z.string()),
    port: z.int().min(1).max(65_535),
    hostKey: z.object({ policy: z.enum(['pin', 'strict']), known: z.string().nullable() }),
    reachTimeout: z.number().positive().optional(),
  }),
  restart: z.enum(['never', 'when-required']),
  deadline: instant,
  verify: z.boolean(),
  correlation: contextFields.correlation.optional().catch(undefined),
  traceparent: contextFields.traceparent.optional().catch(undefined),
});

/** Enough of an order to report that it was refused. */
export const orderHead = z.object({
  order: id,
  attempt: z.int().nonnegative().catch(0),
  fence: z.int().nonnegative().catch(0),
});

/** A poll's answer whose orders are still to be verified. */
export type UnverifiedPollAnswer = Omit<PollAnswer, 'orders' | 'checkpoint' | 'takes'> & {
  orders: { order: unknown; signature: string }[];
  checkpoint?: unknown;
  takes?: string[] | undefined;
};

export const pollAnswer: z.ZodType<UnverifiedPollAnswer> = z.object({
  status: z.enum(['pending', 'enabled', 'disabled']),
  orders: z.array(z.object({ order: z.unknown(), signature: z.string() })),
  cancel: z.array(fence),
  lost: z.array(fence),
  pollAfter: z.number().nonnegative(),
  serverTime: z.string(),
  update: z
    .object({
      // it becomes part of paths
      version: z.string().regex(BUNDLE_VERSION),
      downgrade: z.boolean(),
    })
    .nullish()
    // a wish that is not understood must not keep the DP from its orders
    .catch(undefined),
  checkpoint: z.unknown().optional(),
  // what is not understood is not taken
  takes: z.array(z.string()).optional().catch(undefined),
});

export const enrolAnswer: z.ZodType<EnrolAnswer> = z.object({
  dp: z.string().min(1),
  status: z.enum(['pending', 'enabled', 'disabled']),
  keyFingerprint: z.string(),
  sealingKeyId: z.string(),
  serverKey: z.string(),
});

export const reportsAnswer: z.ZodType<ReportsAnswer> = z.object({ accepted: z.int().nonnegative() });

export const problem = z.object({
  code: z.string().optional(),
  detail: z.string().optional(),
  title: z.string().optional(),
});
