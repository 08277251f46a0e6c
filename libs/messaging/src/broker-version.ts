/** RabbitMQ 3.10, the first with classic queues of version 2 and safe dead-lettering of quorum queues. */
const OLDEST = [3, 10] as const;

/** What a broker says of itself when a connection is opened (AMQP 0-9-1 §1.4.2.1). */
export interface BrokerProperties {
  product?: unknown;
  version?: unknown;
}

/**
 * What is wrong with a broker for us; undefined: nothing. A product that is not RabbitMQ, or says no version, is tried: what it
 * cannot do it says when queues are declared.
 */
export function brokerVersionFault({ product, version }: BrokerProperties): string | undefined {
  if (product !== 'RabbitMQ' || typeof version !== 'string') return undefined;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isOldEnough = major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
  if (isOldEnough || Number.isNaN(major + minor)) return undefined;
  return `it is RabbitMQ ${version}, and ${OLDEST.join('.')} or later is needed: upgrade the broker, or let AMQP_URL lead to another one`;
}
