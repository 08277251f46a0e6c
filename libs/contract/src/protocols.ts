/**
 * Versions of what is said over the wire. Within one number only what may be missing is added; another number understands
 * nothing of the first (docs/adr/0035-one-version-beside-the-next.md).
 */
export const PROTOCOLS = {
  /** Between DPs and gateways, `/dp/v1`. */
  dp: 1,
  /** Between servers, gateways and importers, the `v` of what lies on queues. */
  messages: 1,
  /** Of the admin API, `/api/v1`. */
  adminApi: 1,
} as const;
