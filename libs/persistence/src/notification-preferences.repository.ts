import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import {
  MAIL_MODES,
  type MailChoices,
  type MailMode,
  NOTICE_KINDS,
  type NoticeKind,
  type NotificationPreferences,
  type PreferencesOwner,
} from '#domain';
import { LANGUAGES } from '#texts';
import { collectionSchema, type Field, nullable, oneOf, optional, part, text } from './schema.js';
import { VersionedCollection } from './versioned-collection.js';

const choices = Object.fromEntries(
  NOTICE_KINDS.map((kind) => [kind, optional(oneOf(MAIL_MODES))]),
) as Readonly<Record<NoticeKind, Field<MailMode | undefined>>>;

export const notificationPreferencesSchema = collectionSchema<NotificationPreferences>(
  'notificationPreferences',
  {
    email: nullable(text),
    language: nullable(oneOf(LANGUAGES)),
    timeZone: nullable(text),
    dailyAt: nullable(text),
    mail: part<MailChoices>(choices),
  },
);

/** How users want to be told, and what tenants give theirs. */
@Injectable()
export class NotificationPreferencesRepository {
  private readonly store: VersionedCollection<NotificationPreferences>;

  constructor(@InjectModel('NotificationPreferences') model: Model<unknown>) {
    this.store = new VersionedCollection<NotificationPreferences>(model);
  }

  findById(id: PreferencesOwner): Promise<NotificationPreferences | null> {
    return this.store.findById(id);
  }

  /** All of them: one for each user and tenant at most. */
  list(): Promise<NotificationPreferences[]> {
    return this.store.find({});
  }

  /** Null: somebody else was faster. */
  async put(preferences: NotificationPreferences): Promise<NotificationPreferences | null> {
    if (preferences.revision > 0) return this.store.replace(preferences);
    const first = { ...preferences, revision: 1 };
    return (await this.store.insert(first)) ? first : null;
  }

  async remove(id: PreferencesOwner): Promise<void> {
    await this.store.collection.deleteOne({ _id: id });
  }
}
