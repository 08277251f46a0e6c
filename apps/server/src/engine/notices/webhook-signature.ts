import { createHmac, randomBytes } from 'node:crypto';

/** What secrets of webhooks begin with, by the Standard Webhooks specification. */
const PREFIX = 'whsec_';
const SECRET_BYTES = 32;

/** A fresh secret: `whsec_` and base64. */
export function newWebhookSecret(): string {
  return PREFIX + randomBytes(SECRET_BYTES).toString('base64');
}

/**
 * Headers by which a receiver knows who sent a webhook, when, and which of several deliveries it is (Standard Webhooks:
 * HMAC-SHA256 over id, time and body).
 *
 * @param secrets of which each makes a signature: a receiver accepts any that it knows
 */
export function signatureHeaders(
  id: string,
  now: Date,
  body: string,
  secrets: readonly string[],
): Record<string, string> {
  const timestamp = String(Math.floor(now.getTime() / 1000));
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}
