import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import {
  type Delivery,
  effectivePreferences,
  mailDueAt,
  type MailMode,
  mayBeTold,
  newDelivery,
  type Notice,
  type NotificationPreferences,
  type NotificationTarget,
  type User,
  wants,
} from '#domain';
import {
  DeliveryRepository,
  NoticeRepository,
  NotificationPreferencesRepository,
  NotificationTargetRepository,
  retryWhenBeaten,
  UserRepository,
} from '#persistence';
import { MailChannel } from './mail-channel.js';

/** Notices given out in one run. */
const BATCH = 200;
/** Mails that a user gets in an hour at once; more come together at its end. */
const MAILS_PER_HOUR = 20;
/** Notices of one mail. */
const MOST_IN_A_MAIL = 200;
const HOUR_MS = 60 * 60_000;

interface Receivers {
  targets: readonly NotificationTarget[];
  users: readonly User[];
  preferences: ReadonlyMap<string, NotificationPreferences>;
}

/**
 * Gives each notice to everybody who is to be told: one delivery for each webhook and each mail. Ids of deliveries follow
 * from notice and receiver, so that a notice may be given out again after a crash, and by two servers at once.
 */
@Injectable()
export class NoticeDistribution {
  constructor(
    private readonly notices: NoticeRepository,
    private readonly deliveries: DeliveryRepository,
    private readonly targets: NotificationTargetRepository,
    private readonly users: UserRepository,
    private readonly preferences: NotificationPreferencesRepository,
    private readonly mail: MailChannel,
  ) {}

  /** @returns whether there was something to give out */
  async run(now: Date): Promise<boolean> {
    const notices = await this.notices.undistributed(BATCH);
    if (notices.length === 0) return false;
    const receivers = await this.receivers();
    for (const notice of notices) {
      await this.deliveries.insertNew(webhooksOf(notice, receivers.targets, now));
      for (const user of receivers.users) await this.mailTo(user, notice, receivers.preferences, now);
      // the race is lost to another server that has given it out as well
      await this.notices.replace({ ...notice, distributedAt: now });
    }
    return true;
  }

  private async receivers(): Promise<Receivers> {
    const [targets, users, preferences] = await Promise.all([
      this.targets.list('all'),
      this.mail.isOn ? this.users.list() : [],
      this.mail.isOn ? this.preferences.list() : [],
    ]);
    return { targets, users, preferences: new Map(preferences.map((one) => [one.id, one])) };
  }

  private async mailTo(user: User, notice: Notice, all: Receivers['preferences'], now: Date): Promise<void> {
    const own = all.get(`user:${user.id}`);
    if (!own || own.email === null || !mayBeTold(user, notice)) return;
    const chosen = effectivePreferences(
      notice.tenant === null ? null : all.get(`tenant:${notice.tenant}`),
      own,
    );
    const single = idOf('mail', user.id, notice.id);
    if (await this.deliveries.findById('all', single)) return;
    const mode = await this.modeFor(user, chosen.mail[notice.kind], notice.at);
    const dueAt = mailDueAt(chosen, mode, notice.at);
    if (!dueAt) return;
    const fields = {
      channel: 'mail',
      target: user.id,
      tenant: user.tenants !== 'all' && user.tenants.length === 1 ? (user.tenants[0] ?? null) : null,
      notices: [notice.id],
      kinds: [notice.kind],
      dueAt,
    } as const;
    const alone = newDelivery({ ...fields, id: single }, now);
    if (mode === 'at-once') await this.deliveries.insertNew([alone]);
    else await this.addTo(idOf('digest', user.id, dueAt.toISOString()), alone, now);
  }

  /** A storm of notices fills no mailbox. */
  private async modeFor(user: User, mode: MailMode, at: Date): Promise<MailMode> {
    if (mode !== 'at-once') return mode;
    const count = await this.deliveries.countSince(user.id, new Date(at.getTime() - HOUR_MS));
    return count < MAILS_PER_HOUR ? mode : 'hourly';
  }

  /** Into the mail of that time; one of its own where that is under way already, or full. */
  private async addTo(id: string, alone: Delivery, now: Date): Promise<void> {
    await retryWhenBeaten(`delivery ${id}`, async () => {
      const known = await this.deliveries.findById('all', id);
      if (!known) return (await this.deliveries.insert({ ...alone, id, createdAt: now })) || undefined;
      if (alone.notices.every((notice) => known.notices.includes(notice))) return true;
      if (known.sealed || known.notices.length >= MOST_IN_A_MAIL) {
        await this.deliveries.insertNew([alone]);
        return true;
      }
      const notices = [...known.notices, ...alone.notices];
      const kinds = [...new Set([...known.kinds, ...alone.kinds])];
      return (await this.deliveries.replace({ ...known, notices, kinds })) ? true : undefined;
    });
  }
}

function webhooksOf(notice: Notice, targets: readonly NotificationTarget[], now: Date): Delivery[] {
  return targets
    .filter((target) => wants(target, notice))
    .map((target) =>
      newDelivery(
        {
          id: idOf('webhook', target.id, notice.id),
          channel: 'webhook',
          target: target.id,
          tenant: target.tenant,
          notices: [notice.id],
          kinds: [notice.kind],
          dueAt: now,
        },
        now,
      ),
    );
}

/** Without a dot: in a signature those divide the id from the rest. */
function idOf(...parts: readonly string[]): string {
  return `d-${createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22)}`;
}
