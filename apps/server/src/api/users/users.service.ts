import { Injectable } from '@nestjs/common';
import { type Caller, DomainError, type Grant, isWithin, type User } from '#domain';
import {
  NotificationPreferencesRepository,
  SavedViewRepository,
  SessionRepository,
  UserRepository,
  updateWithRetry,
} from '#persistence';
import { AuditService } from '../../platform/audit/audit.service.js';
import { isRepeatOf, type IdempotentCreate } from '../../platform/http/idempotent-create.js';
import { assertRevision } from '../../platform/http/if-match.js';
import { auditTenant, PermissionPolicy } from '../../platform/auth/permission-policy.js';
import { hashPassword } from '../../platform/auth/passwords.js';

const MISSING = 'notFound.user';

export interface UserChange extends Partial<Grant> {
  name?: string | undefined;
  password?: string | undefined;
  disabled?: boolean | undefined;
}

/** Users of the console. Nobody sees, makes or changes one who may more than they do. */
@Injectable()
export class UsersService {
  constructor(
    private readonly users: UserRepository,
    private readonly sessions: SessionRepository,
    private readonly notifications: NotificationPreferencesRepository,
    private readonly views: SavedViewRepository,
    private readonly permissions: PermissionPolicy,
    private readonly audit: AuditService,
  ) {}

  /** Those the caller may change, by name. */
  async list(caller: Caller): Promise<User[]> {
    return (await this.users.list()).filter((user) => isWithin(caller, user));
  }

  /** @throws DomainError NOT_FOUND, also for a user who may more than the caller */
  async get(caller: Caller, id: string): Promise<User> {
    const user = await this.visible(caller, id);
    if (!user) throw new DomainError('NOT_FOUND', MISSING);
    return user;
  }

  /** @throws DomainError FORBIDDEN, VALIDATION_FAILED, DUPLICATE for a name that anybody has: names are for logging in */
  async create(
    caller: Caller,
    { name, password, role, tenants }: Grant & { name: string; password: string },
    creation: IdempotentCreate,
  ): Promise<User> {
    await this.permissions.assertMayGrant(caller, { role, tenants });
    const now = new Date();
    const user: User = {
      id: creation.id,
      name,
      passwordHash: await hashPassword(password),
      role,
      tenants,
      disabledAt: null,
      passwordAt: now,
      createdAt: now,
      revision: 0,
    };
    if (!(await this.users.insert(user))) {
      const existing = await this.users.findById(creation.id);
      if (existing && isRepeatOf(existing, creation)) return existing;
      throw new DomainError('DUPLICATE', 'duplicate.user', { name });
    }
    await this.audit.record(
      caller,
      'user.created',
      `user:${user.id}`,
      { after: summary(user) },
      auditTenant(user),
    );
    return user;
  }

  /**
   * Role and tenants hold from the next request on. A new password and `disabled` end the user's sessions.
   *
   * @throws DomainError NOT_FOUND, FORBIDDEN, VALIDATION_FAILED, DUPLICATE, REVISION_STALE; WRONG_STATE when nobody
   * would be left who may do everything
   */
  async change(caller: Caller, id: string, change: UserChange, revision: number | null): Promise<User> {
    const wanted = await this.get(caller, id);
    await this.permissions.assertMayGrant(caller, {
      role: change.role ?? wanted.role,
      tenants: change.tenants ?? wanted.tenants,
    });
    const password =
      change.password === undefined
        ? null
        : { passwordHash: await hashPassword(change.password), passwordAt: new Date() };
    const { before, after } = await updateWithRetry(
      () => this.visible(caller, id),
      async (user) => {
        assertRevision(user, revision);
        const next = { ...changed(user, change), ...password };
        if (ownsAll(user) && !ownsAll(next)) await this.demandOtherOwner(user);
        return next;
      },
      (user) => this.users.replace(user),
      MISSING,
    );
    if (password || after.disabledAt) await this.sessions.removeOfUser(id);
    const data = { before: summary(before), after: summary(after), passwordSet: password !== null };
    await this.audit.record(caller, 'user.changed', `user:${id}`, data, auditTenant(after));
    return after;
  }

  /** @throws DomainError NOT_FOUND, REVISION_STALE; WRONG_STATE for the last one who may do everything */
  async remove(caller: Caller, id: string, revision: number | null): Promise<void> {
    const user = await this.get(caller, id);
    assertRevision(user, revision);
    if (ownsAll(user)) await this.demandOtherOwner(user);
    if (!(await this.users.remove(id, user.revision))) {
      throw new DomainError('REVISION_STALE', 'changed.user');
    }
    await this.sessions.removeOfUser(id);
    await this.notifications.remove(`user:${id}`);
    await this.views.removePrivateOf(`user:${id}`);
    await this.audit.record(
      caller,
      'user.deleted',
      `user:${id}`,
      { before: summary(user) },
      auditTenant(user),
    );
  }

  private async visible(caller: Caller, id: string): Promise<User | null> {
    const user = await this.users.findById(id);
    return user && isWithin(caller, user) ? user : null;
  }

  private async demandOtherOwner({ id }: User): Promise<void> {
    const others = (await this.users.list()).filter((user) => user.id !== id && ownsAll(user));
    if (others.length === 0) {
      throw new DomainError('WRONG_STATE', 'user.lastOwner');
    }
  }
}

function ownsAll(user: User): boolean {
  return user.role === 'owner' && user.tenants === 'all' && !user.disabledAt;
}

function changed(user: User, { name, role, tenants, disabled }: UserChange): User {
  const disabledAt =
    disabled === undefined ? (user.disabledAt ?? null) : disabled ? (user.disabledAt ?? new Date()) : null;
  return {
    ...user,
    name: name ?? user.name,
    role: role ?? user.role,
    tenants: tenants ?? user.tenants,
    disabledAt,
  };
}

function summary({ name, role, tenants, disabledAt }: User): Record<string, unknown> {
  return { name, role, tenants, disabled: Boolean(disabledAt) };
}
