import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model, mongo } from 'mongoose';
import type { DomainErrorCode, Fault, Role, TenantId, TenantScope } from '#domain';
import { duplicatesOf, GuardedCollection, type Stored } from './documents.js';
import { page, type PageRequest, type PageResult } from './pages.js';
import { collectionSchema, DOMAIN_OBJECT } from './schema.js';

/** A person who logs in. */
export interface User {
  id: string;
  name: string;
  passwordHash: string;
  role: Role;
  tenants: TenantScope;
  createdAt: Date;
  revision: number;
}

/** A login of the console; its id is the SHA-256 of what the cookie holds. */
export interface Session {
  id: string;
  user: string;
  createdAt: Date;
  lastUsedAt: Date;
  expiresAt: Date;
}

export interface ApiToken {
  id: string;
  /** SHA-256 of the token. */
  hash: string;
  label: string;
  role: Role;
  tenants: TenantScope;
  expiresAt: Date | null;
  createdBy: string;
  createdAt: Date;
  lastUsedAt: Date | null;
}

/** Who did what, from where, to what. */
export interface AuditEntry {
  id: string;
  at: Date;
  /** Null: nobody asked for it; a security event. */
  who: { id: string; name: string } | null;
  address: string | null;
  action: string;
  target: string;
  tenant: string | null;
  data: Record<string, unknown>;
}

/** What became of a request with an Idempotency-Key. */
export interface IdempotencyRecord {
  id: string;
  fingerprint: string;
  /** Id for what the request creates. */
  seed: string;
  leaseUntil: Date;
  answer: {
    status: number;
    location: string | null;
    body: unknown;
    error: { code: DomainErrorCode; detail: string; faults: Fault[] } | null;
  } | null;
  createdAt: Date;
  expiresAt: Date;
  revision: number;
}

export const userSchema = collectionSchema('users', {
  name: { type: String, required: true },
  /** Lower case: names differ by more than their case. */
  nameKey: { type: String, required: true },
  passwordHash: String,
  role: String,
  tenants: DOMAIN_OBJECT,
  createdAt: Date,
})
  // log-in
  .index({ nameKey: 1 }, { unique: true });

export const sessionSchema = collectionSchema('sessions', {
  user: String,
  createdAt: Date,
  lastUsedAt: Date,
  expiresAt: Date,
})
  // clean-up of ended sessions
  .index({ expiresAt: 1 });

export const apiTokenSchema = collectionSchema('apiTokens', {
  hash: { type: String, required: true },
  label: String,
  role: String,
  tenants: DOMAIN_OBJECT,
  expiresAt: Date,
  createdBy: String,
  createdAt: Date,
  lastUsedAt: Date,
})
  // every request with a token
  .index({ hash: 1 }, { unique: true });

export const auditSchema = collectionSchema('audit', {
  at: Date,
  who: DOMAIN_OBJECT,
  address: String,
  action: String,
  target: String,
  tenant: String,
  data: DOMAIN_OBJECT,
})
  // the audit, newest first
  .index({ at: -1, _id: -1 });

export const idempotencySchema = collectionSchema('idempotencyKeys', {
  fingerprint: String,
  seed: String,
  leaseUntil: Date,
  answer: DOMAIN_OBJECT,
  createdAt: Date,
  expiresAt: Date,
})
  // clean-up
  .index({ expiresAt: 1 });

@Injectable()
export class UserRepository {
  private readonly store: GuardedCollection<User>;

  constructor(@InjectModel('User') model: Model<unknown>) {
    this.store = new GuardedCollection<User>(model, (user) => ({ nameKey: user.name.toLowerCase() }));
  }

  /** False: there is one with this name. */
  insert(user: User): Promise<boolean> {
    return this.store.insert(user);
  }

  findById(id: string): Promise<User | null> {
    return this.store.findById(id);
  }

  async findByName(name: string): Promise<User | null> {
    const [user] = await this.store.find({ nameKey: name.toLowerCase() }, { limit: 1 });
    return user ?? null;
  }

  async any(): Promise<boolean> {
    return (await this.store.find({}, { limit: 1 })).length > 0;
  }
}

@Injectable()
export class SessionRepository {
  private readonly collection: mongo.Collection<Stored>;

  constructor(@InjectModel('Session') model: Model<unknown>) {
    this.collection = model.collection as unknown as mongo.Collection<Stored>;
  }

  async insert({ id, ...fields }: Session): Promise<void> {
    await this.collection.insertOne({ _id: id, revision: 0, ...fields });
  }

  async findById(id: string): Promise<Session | null> {
    return read<Session>(await this.collection.findOne({ _id: id }));
  }

  async noteUse(id: string, lastUsedAt: Date, expiresAt: Date): Promise<void> {
    await this.collection.updateOne({ _id: id }, { $set: { lastUsedAt, expiresAt } });
  }

  async remove(id: string): Promise<void> {
    await this.collection.deleteOne({ _id: id });
  }

  async removeExpired(now: Date): Promise<void> {
    await this.collection.deleteMany({ expiresAt: { $lte: now } });
  }
}

@Injectable()
export class ApiTokenRepository {
  private readonly collection: mongo.Collection<Stored>;

  constructor(@InjectModel('ApiToken') model: Model<unknown>) {
    this.collection = model.collection as unknown as mongo.Collection<Stored>;
  }

  /** False: it is there already. */
  async insert({ id, ...fields }: ApiToken): Promise<boolean> {
    const failed = await duplicatesOf(() => this.collection.insertOne({ _id: id, revision: 0, ...fields }));
    return failed.size === 0;
  }

  async findById(id: string): Promise<ApiToken | null> {
    return read<ApiToken>(await this.collection.findOne({ _id: id }));
  }

  async findByHash(hash: string): Promise<ApiToken | null> {
    return read<ApiToken>(await this.collection.findOne({ hash }));
  }

  /** Newest first. */
  async list(): Promise<ApiToken[]> {
    const found = await this.collection.find().sort({ createdAt: -1, _id: -1 }).toArray();
    return found.flatMap((one) => read<ApiToken>(one) ?? []);
  }

  async noteUse(id: string, at: Date): Promise<void> {
    await this.collection.updateOne({ _id: id }, { $set: { lastUsedAt: at } });
  }

  async remove(id: string): Promise<void> {
    await this.collection.deleteOne({ _id: id });
  }
}

@Injectable()
export class AuditRepository {
  private readonly collection: mongo.Collection<Stored>;

  constructor(@InjectModel('AuditEntry') model: Model<unknown>) {
    this.collection = model.collection as unknown as mongo.Collection<Stored>;
  }

  async append(entries: readonly AuditEntry[]): Promise<void> {
    const stored = entries.map(({ id, ...fields }) => ({ _id: id, revision: 0, ...fields }));
    await duplicatesOf(() => this.collection.insertMany(stored, { ordered: false }));
  }

  /** Newest first. What belongs to no tenant is seen by those who see all. */
  list(
    scope: TenantScope,
    filter: { action?: string; target?: string; who?: string; since?: Date },
    request: PageRequest,
  ): Promise<PageResult<AuditEntry>> {
    const all: Record<string, unknown>[] = [
      scope === 'all' ? {} : { tenant: { $in: [...scope] as TenantId[] } },
    ];
    if (filter.action) all.push({ action: filter.action });
    if (filter.target) all.push({ target: filter.target });
    if (filter.who) all.push({ 'who.id': filter.who });
    if (filter.since) all.push({ at: { $gte: filter.since } });
    return page(this.collection, { $and: all }, request, {}, [{ path: 'at', direction: -1 }], (stored) => {
      const { _id, revision: _revision, ...fields } = stored;
      return { ...fields, id: _id } as unknown as AuditEntry;
    });
  }
}

@Injectable()
export class IdempotencyRepository {
  private readonly store: GuardedCollection<IdempotencyRecord>;

  constructor(@InjectModel('IdempotencyRecord') model: Model<unknown>) {
    this.store = new GuardedCollection<IdempotencyRecord>(model);
  }

  insert(record: IdempotencyRecord): Promise<boolean> {
    return this.store.insert(record);
  }

  findById(id: string): Promise<IdempotencyRecord | null> {
    return this.store.findById(id);
  }

  replace(record: IdempotencyRecord): Promise<IdempotencyRecord | null> {
    return this.store.replace(record);
  }

  remove(id: string, revision: number): Promise<boolean> {
    return this.store.remove(id, revision);
  }

  async removeExpired(now: Date): Promise<void> {
    await this.store.collection.deleteMany({ expiresAt: { $lte: now } });
  }
}

function read<T>(stored: Stored | null): T | null {
  if (!stored) return null;
  const { _id, revision: _revision, ...fields } = stored;
  return { ...fields, id: _id } as unknown as T;
}
