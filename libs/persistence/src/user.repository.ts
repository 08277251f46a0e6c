import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { ROLES, type TenantScope, type User } from '#domain';
import { VersionedCollection } from './versioned-collection.js';
import { collectionSchema, date, nullable, oneOf, optional, text } from './schema.js';
import { allOrSome } from './schema-parts.js';

export const userSchema = collectionSchema<User, { nameKey: string }>(
  'users',
  {
    name: text,
    passwordHash: text,
    role: oneOf(ROLES),
    tenants: allOrSome<TenantScope>(),
    disabledAt: optional(nullable(date)),
    passwordAt: optional(date),
    createdAt: date,
  },
  /** The name in lower case. */
  { nameKey: text },
)
  // log-in
  .index({ nameKey: 1 }, { unique: true });

@Injectable()
export class UserRepository {
  private readonly store: VersionedCollection<User>;

  constructor(@InjectModel('User') model: Model<unknown>) {
    this.store = new VersionedCollection<User>(model, { nameKey: ({ name }) => name.toLowerCase() });
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

  /** All of them, by name; which of them a caller may see is for the caller's role to say. */
  list(): Promise<User[]> {
    return this.store.find({}, { sort: { nameKey: 1 } });
  }

  async any(): Promise<boolean> {
    return (await this.store.find({}, { limit: 1 })).length > 0;
  }

  /** @throws DomainError DUPLICATE when somebody else has the new name */
  replace(user: User): Promise<User | null> {
    return this.store.replace(user);
  }

  remove(id: string, revision: number): Promise<boolean> {
    return this.store.remove(id, revision);
  }
}
