import { Inject, Injectable } from '@nestjs/common';
import { type DeliveryAttempt, type NotificationTarget } from '#domain';
import { textIn } from '#texts';
import { SERVER_ENV, type ServerEnv } from '../../platform/config/server-env.js';
import type { WordedNotice } from './notice-wording.js';
import { type OutgoingAnswer, OutgoingFault, post } from './outgoing-post.js';
import { TargetSecrets } from './target-secrets.js';
import { webhookBody } from './webhook-format.js';
import { signatureHeaders } from './webhook-signature.js';

/** Characters of an answer that the log shows. */
const ANSWER_CHARACTERS = 500;

/** What came of sending, without when and how long. */
export type SendResult = Omit<DeliveryAttempt, 'at' | 'took'>;

/** Sends notices to webhooks. */
@Injectable()
export class WebhookChannel {
  constructor(
    private readonly secrets: TargetSecrets,
    @Inject(SERVER_ENV) private readonly env: ServerEnv,
  ) {}

  /** @param id the same for each attempt of a delivery */
  async send(target: NotificationTarget, id: string, notice: WordedNotice, now: Date): Promise<SendResult> {
    const url = this.secrets.open(target.id, 'url', target.url);
    const secrets = this.secretsOf(target, now);
    if (url === null || secrets === null) return { outcome: 'SECRET_UNREADABLE', status: null, answer: null };
    const more = textIn(target.language, { key: 'notice.open' });
    const { contentType, body } = webhookBody(target.format, notice, this.env.PUBLIC_URL, more);
    try {
      const answer = await post({
        url: new URL(url),
        headers: { 'content-type': contentType, ...signatureHeaders(id, now, body, secrets) },
        body,
        allowed: this.env.WEBHOOK_HOSTS,
        timeoutMs: this.env.NOTIFICATION_TIMEOUT_MS,
      });
      return resultOf(answer);
    } catch (error) {
      if (!(error instanceof OutgoingFault)) throw error;
      return { outcome: error.outcome, status: null, answer: shown(error.message) };
    }
  }

  /** The newest first; null when the newest cannot be read. */
  private secretsOf({ id, secret, previous }: NotificationTarget, now: Date): string[] | null {
    const newest = this.secrets.open(id, 'secret', secret);
    if (newest === null) return null;
    const before = previous && previous.until > now ? this.secrets.open(id, 'secret', previous) : null;
    return before === null ? [newest] : [newest, before];
  }
}

function resultOf({ status, text, retryAfter }: OutgoingAnswer): SendResult {
  const answer = shown(text);
  if (status >= 200 && status < 300) return { outcome: 'DELIVERED', status, answer };
  if (status >= 300 && status < 400) return { outcome: 'REDIRECTED', status, answer };
  if (status === 410) return { outcome: 'GONE', status, answer };
  return { outcome: 'REFUSED', status, answer, ...(retryAfter > 0 && { retryAfter }) };
}

/** As far as people want to read it; characters that steer a terminal or a page are left out. */
function shown(text: string): string | null {
  const printable = text.replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' ').trim();
  return printable === '' ? null : Array.from(printable).slice(0, ANSWER_CHARACTERS).join('');
}
