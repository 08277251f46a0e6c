import { Inject, Injectable } from '@nestjs/common';
import { createTransport } from 'nodemailer';
import { SERVER_ENV, type ServerEnv } from '../../platform/config/server-env.js';
import { mailText } from './mail-text.js';
import type { Reader, WordedNotice } from './notice-wording.js';
import type { SendResult } from './webhook-channel.js';

/**
 * Steps of a mail that may each take as long as a mail server has to answer: name, connection, TLS, greeting, EHLO,
 * STARTTLS, TLS, EHLO, three to log in, MAIL, RCPT, DATA, the end.
 */
const STEPS = 15;

/** Milliseconds after which a mail has been sent, or has failed. */
export function longestMail(timeoutMs: number): number {
  return STEPS * timeoutMs;
}

/** Sends notices by mail, over the mail server that the environment names. */
@Injectable()
export class MailChannel {
  private readonly transport: ReturnType<typeof transportOf> | null;

  constructor(@Inject(SERVER_ENV) private readonly env: ServerEnv) {
    this.transport = env.SMTP_URL === undefined ? null : transportOf(env.SMTP_URL, env);
  }

  /** Whether there is a mail server. */
  get isOn(): boolean {
    return this.transport !== null;
  }

  /** @param id the same for each attempt of a delivery: it makes the Message-ID */
  async send(
    email: string,
    id: string,
    notices: readonly WordedNotice[],
    reader: Reader,
  ): Promise<SendResult> {
    const { SMTP_FROM = '', PUBLIC_URL } = this.env;
    if (!this.transport) return { outcome: 'MAIL_OFF', status: null, answer: null };
    const mail = mailText(notices, reader, `${PUBLIC_URL}/console/notifications`);
    try {
      const { response } = await this.transport.sendMail({
        ...mail,
        from: SMTP_FROM,
        to: { name: '', address: email },
        messageId: `<${id}@${/@([a-z0-9.-]+)/i.exec(SMTP_FROM)?.[1] ?? 'relaypoint'}>`,
        // nobody answers it, no holiday notice either (RFC 3834)
        headers: { 'Auto-Submitted': 'auto-generated' },
        disableFileAccess: true,
        disableUrlAccess: true,
      });
      return { outcome: 'DELIVERED', status: statusOf(response), answer: response };
    } catch (error) {
      return resultOf(error);
    }
  }
}

// eslint-disable-next-line typescript/explicit-function-return-type -- its type is nodemailer's own
function transportOf(url: string, { SMTP_TLS, NOTIFICATION_TIMEOUT_MS }: ServerEnv) {
  return createTransport({
    url,
    requireTLS: SMTP_TLS === 'required',
    tls: { minVersion: 'TLSv1.2' },
    connectionTimeout: NOTIFICATION_TIMEOUT_MS,
    greetingTimeout: NOTIFICATION_TIMEOUT_MS,
    socketTimeout: NOTIFICATION_TIMEOUT_MS,
    dnsTimeout: NOTIFICATION_TIMEOUT_MS,
  });
}

/** What nodemailer throws. */
interface SmtpError {
  code?: string;
  responseCode?: number;
  response?: string;
  message?: string;
}

function resultOf(error: unknown): SendResult {
  const { code, responseCode = null, response, message = String(error) } = error as SmtpError;
  const answer = response ?? message;
  if (code === 'EENVELOPE' && responseCode !== null && responseCode >= 500)
    return { outcome: 'RECIPIENT_REFUSED', status: responseCode, answer };
  if (responseCode !== null) return { outcome: 'REFUSED', status: responseCode, answer };
  if (code === 'ETLS') return { outcome: 'TLS', status: null, answer };
  if (code === 'EDNS') return { outcome: 'NOT_RESOLVED', status: null, answer };
  if (code === 'ETIMEDOUT') return { outcome: 'TIMEOUT', status: null, answer };
  return { outcome: 'UNREACHABLE', status: null, answer };
}

function statusOf(response: string): number | null {
  const status = Number(response.slice(0, 3));
  return Number.isInteger(status) ? status : null;
}
