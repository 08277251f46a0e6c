import { Inject, Injectable, Logger } from '@nestjs/common';
import {
  attempted,
  type Delivery,
  effectivePreferences,
  mayBegin,
  mayBeTold,
  type Notice,
  taken,
  type DeliveryOutcome,
} from '#domain';
import {
  DeliveryRepository,
  NoticeRepository,
  NotificationPreferencesRepository,
  NotificationTargetRepository,
  UserRepository,
} from '#persistence';
import { currentTime } from '#runtime';
import { SERVER_ENV, type ServerEnv } from '../../platform/config/server-env.js';
import { Metrics } from '../../platform/health/metrics.js';
import { longestMail, MailChannel } from './mail-channel.js';
import { wordedNotice } from './notice-wording.js';
import { longestPost } from './outgoing-post.js';
import { type SendResult, WebhookChannel } from './webhook-channel.js';

/** Deliveries under way at once, and of one target: one that hangs holds up no other. */
const MOST_AT_ONCE = 32;
const MOST_PER_TARGET = 4;
/** Milliseconds that there are, beside those of sending, for what is read before it and written after it. */
const SPARE_MS = 5000;

/** Sends a delivery for which everything was read. */
type Sending = (at: Date) => Promise<SendResult>;

/**
 * Sends what is due. A delivery is taken by a guarded write that also says when it counts as lost: then it is sent again,
 * by whichever server sees that first, under the same id. So each is sent at least once, in no particular order; and by two
 * servers only when one has died, or was held up after it had begun to send.
 */
@Injectable()
export class DeliveryDispatcher {
  private readonly log = new Logger(DeliveryDispatcher.name);
  private readonly underWay = new Map<string, number>();
  private readonly running = new Set<Promise<void>>();

  constructor(
    private readonly deliveries: DeliveryRepository,
    private readonly notices: NoticeRepository,
    private readonly targets: NotificationTargetRepository,
    private readonly users: UserRepository,
    private readonly preferences: NotificationPreferencesRepository,
    private readonly webhooks: WebhookChannel,
    private readonly mail: MailChannel,
    private readonly metrics: Metrics,
    @Inject(SERVER_ENV) private readonly env: ServerEnv,
  ) {}

  /** Takes what is due and begins to send it, as far as there is room. */
  async run(now: Date): Promise<void> {
    const room = MOST_AT_ONCE - this.running.size;
    if (room <= 0) return;
    const busy = [...this.underWay].filter(([, count]) => count >= MOST_PER_TARGET).map(([target]) => target);
    for (const delivery of await this.deliveries.due(now, busy, room)) {
      if ((this.underWay.get(delivery.target) ?? 0) >= MOST_PER_TARGET) continue;
      // from this moment on, however long it took to come here
      const lostAt = new Date(currentTime().getTime() + this.longest(delivery) + SPARE_MS);
      const own = await this.deliveries.replace(taken(delivery, lostAt));
      if (own) this.begin(own);
    }
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running);
  }

  /** Milliseconds that it takes to send at most. */
  private longest({ channel }: Delivery): number {
    const { NOTIFICATION_TIMEOUT_MS } = this.env;
    return channel === 'mail' ? longestMail(NOTIFICATION_TIMEOUT_MS) : longestPost(NOTIFICATION_TIMEOUT_MS);
  }

  private begin(delivery: Delivery): void {
    const { id, target } = delivery;
    this.underWay.set(target, (this.underWay.get(target) ?? 0) + 1);
    const done = this.sendAndNote(delivery)
      .catch((error: unknown) => this.log.error(error, `delivery ${id} is sent again when it counts as lost`))
      .finally(() => {
        const left = (this.underWay.get(target) ?? 1) - 1;
        if (left > 0) this.underWay.set(target, left);
        else this.underWay.delete(target);
        this.running.delete(done);
      });
    this.running.add(done);
  }

  private async sendAndNote(delivery: Delivery): Promise<void> {
    const send = await this.prepared(delivery);
    const at = currentTime();
    if (!mayBegin(delivery, this.longest(delivery), at)) {
      this.log.warn(`delivery ${delivery.id} was held up: it is sent when it counts as lost`);
      return;
    }
    const result = await send(at);
    const now = currentTime();
    const attempt = { ...result, at, took: now.getTime() - at.getTime() };
    this.metrics.deliveries.inc({ channel: delivery.channel, outcome: result.outcome });
    // lost to a server that has taken it over: its word counts
    const noted = await this.deliveries.replace(attempted(delivery, attempt, now, Math.random()));
    if (noted) await this.endIfGone(noted);
  }

  /**
   * Who deletes a webhook hastens what waits for it, but for what is under way. That may have been this delivery; it is looked
   * for when the attempt has been noted, so that a webhook that is deleted later has it hastened.
   */
  private async endIfGone(delivery: Delivery): Promise<void> {
    if (delivery.channel !== 'webhook' || delivery.state !== 'waiting') return;
    const [target] = await this.targets.findByIds([delivery.target]);
    if (target) return;
    const outcome = 'TARGET_GONE';
    const now = currentTime();
    const attempt = { outcome, status: null, answer: null, at: now, took: 0 } as const;
    this.metrics.deliveries.inc({ channel: delivery.channel, outcome });
    await this.deliveries.replace(attempted({ ...delivery, tries: delivery.tries + 1 }, attempt, now, 0));
  }

  private async prepared(delivery: Delivery): Promise<Sending> {
    const notices = await this.notices.findByIds(delivery.notices);
    if (notices.length === 0) return without('TARGET_GONE');
    return delivery.channel === 'mail' ? this.mailOf(delivery, notices) : this.webhookOf(delivery, notices);
  }

  private async webhookOf({ id, target: targetId }: Delivery, [notice]: readonly Notice[]): Promise<Sending> {
    const [target] = await this.targets.findByIds([targetId]);
    if (!target || !notice) return without('TARGET_GONE');
    if (!target.enabled) return without('TARGET_DISABLED');
    const worded = wordedNotice(notice, { language: target.language, timeZone: 'UTC' }, this.env.PUBLIC_URL);
    return (at) => this.webhooks.send(target, id, worded, at);
  }

  /** What a user may no longer be told, because of a lower role or fewer tenants, is left out. */
  private async mailOf({ id, target }: Delivery, notices: readonly Notice[]): Promise<Sending> {
    const [user, own] = await Promise.all([
      this.users.findById(target),
      this.preferences.findById(`user:${target}`),
    ]);
    if (!user || !own || own.email === null) return without('TARGET_GONE');
    const told = notices
      .filter((notice) => mayBeTold(user, notice))
      .toSorted((a, b) => a.at.getTime() - b.at.getTime());
    const [first] = told;
    if (!first) return without('TARGET_DISABLED');
    const tenant = first.tenant === null ? null : await this.preferences.findById(`tenant:${first.tenant}`);
    const { language, timeZone } = effectivePreferences(tenant, own);
    const reader = { language, timeZone };
    const { email } = own;
    const worded = told.map((notice) => wordedNotice(notice, reader, this.env.PUBLIC_URL));
    return () => this.mail.send(email, id, worded, reader);
  }
}

function without(outcome: DeliveryOutcome): Sending {
  return () => Promise.resolve({ outcome, status: null, answer: null });
}
