import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import {
  inScope,
  NOTICE_KINDS,
  type NotificationTarget,
  type SealedForServer,
  type TenantScope,
  WEBHOOK_FORMATS,
} from '#domain';
import { LANGUAGES } from '#texts';
import { collectionSchema, date, flag, list, nullable, oneOf, part, text } from './schema.js';
import { scoped } from './scope.js';
import { VersionedCollection } from './versioned-collection.js';

/** Ciphertext only, sealed to the server. */
const sealed = { keyId: text, blob: text };

export const notificationTargetSchema = collectionSchema<NotificationTarget>('notificationTargets', {
  tenant: nullable(text),
  name: text,
  format: oneOf(WEBHOOK_FORMATS),
  language: oneOf(LANGUAGES),
  kinds: list(oneOf(NOTICE_KINDS)),
  enabled: flag,
  origin: text,
  url: part<SealedForServer>(sealed),
  secret: part<SealedForServer>(sealed),
  previous: nullable(part<NonNullable<NotificationTarget['previous']>>({ ...sealed, until: date })),
  createdAt: date,
})
  // targets of a tenant, by the name that people know them by
  .index({ tenant: 1, name: 1 }, { unique: true });

/** Webhooks. Those without a tenant are told of all tenants, and seen by those who see all. */
@Injectable()
export class NotificationTargetRepository {
  private readonly store: VersionedCollection<NotificationTarget>;

  constructor(@InjectModel('NotificationTarget') model: Model<unknown>) {
    this.store = new VersionedCollection<NotificationTarget>(model);
  }

  /** False: there is one with this id, or this name in the tenant. */
  insert(target: NotificationTarget): Promise<boolean> {
    return this.store.insert(target);
  }

  findById(scope: TenantScope, id: string): Promise<NotificationTarget | null> {
    return this.store.findById(id, ({ tenant }) =>
      tenant === null ? scope === 'all' : inScope(scope, tenant),
    );
  }

  findByIds(ids: readonly string[]): Promise<NotificationTarget[]> {
    return this.store.findByIds(ids);
  }

  /** By name. */
  list(scope: TenantScope): Promise<NotificationTarget[]> {
    return this.store.find(scoped(scope), { sort: { name: 1, _id: 1 } });
  }

  /** @throws DomainError DUPLICATE when another one of the tenant has the new name */
  replace(target: NotificationTarget): Promise<NotificationTarget | null> {
    return this.store.replace(target);
  }

  remove(id: string, revision: number): Promise<boolean> {
    return this.store.remove(id, revision);
  }
}
