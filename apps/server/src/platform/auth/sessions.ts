import { Injectable } from '@nestjs/common';
import { type Caller, DomainError, invalid, type User } from '#domain';
import { SessionRepository, UserRepository } from '#persistence';
import { randomToken, sha256 } from '#sealing';
import { AuditService } from '../audit/audit.service.js';
import { auditTenant } from './permission-policy.js';
import { LoginLimiter } from './login-limiter.js';
import { hashPassword, verifyPassword } from './passwords.js';

export const SESSION_COOKIE = 'relaypoint_session';
/** A session ends when it was not used for this long. */
const SESSION_IDLE_MS = 12 * 60 * 60 * 1000;
/** How often the use of a session is noted. */
const NOTE_USE_EVERY_MS = 60_000;

export interface LoggedIn {
  /** For the cookie; stored as SHA-256 only. */
  secret: string;
  expiresAt: Date;
  caller: Caller;
}

/** Sessions of the console: server-side, found by the SHA-256 of what the cookie holds. */
@Injectable()
export class Sessions {
  /** A hash nobody's password makes: unknown users take as long as known ones. */
  private decoy: Promise<string> | undefined;

  constructor(
    private readonly sessions: SessionRepository,
    private readonly users: UserRepository,
    private readonly limiter: LoginLimiter,
    private readonly audit: AuditService,
  ) {}

  /** @throws DomainError UNAUTHENTICATED, RATE_LIMITED */
  async logIn(name: string, password: string, address: string, now: Date): Promise<LoggedIn> {
    const user = await this.checked(name, password, address);
    await this.sessions.removeExpired(now);
    const secret = randomToken();
    const expiresAt = new Date(now.getTime() + SESSION_IDLE_MS);
    await this.sessions.insert({
      id: sha256(secret),
      user: user.id,
      createdAt: now,
      lastUsedAt: now,
      expiresAt,
    });
    // A password that was changed meanwhile ended the sessions there were, and this one was not among them yet
    if ((await this.users.findById(user.id))?.passwordHash !== user.passwordHash) {
      await this.sessions.remove(sha256(secret));
      throw wrong();
    }
    return { secret, expiresAt, caller: callerOf(user, address) };
  }

  /** Null when the session is unknown, has ended, or its user is gone. */
  async callerOf(secret: string, address: string, now: Date): Promise<Caller | null> {
    const session = await this.sessions.findById(sha256(secret));
    if (!session || session.expiresAt <= now) return null;
    const user = await this.users.findById(session.user);
    if (!user || user.disabledAt) return null;
    if (now.getTime() - session.lastUsedAt.getTime() > NOTE_USE_EVERY_MS) {
      await this.sessions.noteUse(session.id, now, new Date(now.getTime() + SESSION_IDLE_MS));
    }
    return callerOf(user, address);
  }

  /**
   * A new password, by the user. Their other sessions end.
   *
   * @param secret of the session it is done in
   * @throws DomainError UNAUTHENTICATED when the session has ended; VALIDATION_FAILED when the present password is
   * wrong; RATE_LIMITED
   */
  async changePassword(
    secret: string,
    { current, password }: { current: string; password: string },
    address: string,
    now: Date,
  ): Promise<User> {
    const session = await this.sessions.findById(sha256(secret));
    const owner = session && (await this.users.findById(session.user));
    if (!owner) throw new DomainError('UNAUTHENTICATED', 'access.sessionEnded');
    const user = await this.checked(owner.name, current, address).catch((error: unknown) => {
      if (!(error instanceof DomainError) || error.code !== 'UNAUTHENTICATED') throw error;
      throw invalid([{ path: 'current', code: 'wrong', key: 'fault.passwordWrong' }]);
    });
    const changed = { ...user, passwordHash: await hashPassword(password), passwordAt: now };
    if (!(await this.users.replace(changed))) {
      throw new DomainError('WRONG_STATE', 'user.concurrentChange');
    }
    await this.sessions.removeOfUser(user.id, session.id);
    return user;
  }

  async logOut(secret: string): Promise<void> {
    await this.sessions.remove(sha256(secret));
  }

  /** The user whose password this is. @throws DomainError UNAUTHENTICATED, RATE_LIMITED */
  private async checked(name: string, password: string, address: string): Promise<User> {
    await this.limiter.begin(name, address);
    const user = await this.users.findByName(name);
    this.decoy ??= hashPassword(randomToken());
    const matches = await verifyPassword(password, user?.passwordHash ?? (await this.decoy));
    if (!user || !matches || user.disabledAt) {
      // Not waited for: an answer that takes longer would tell that there is such a user. Names that nobody has stand
      // nowhere: people type passwords there.
      if (user) {
        const reason = matches ? 'disabled' : 'password';
        void this.audit.record(
          { address },
          'session.refused',
          `user:${user.id}`,
          { reason },
          auditTenant(user),
        );
      }
      throw wrong();
    }
    await this.limiter.succeeded(name, address);
    return user;
  }
}

function callerOf(user: User, address: string): Caller {
  return { id: `user:${user.id}`, name: user.name, role: user.role, tenants: user.tenants, address };
}

function wrong(): DomainError {
  return new DomainError('UNAUTHENTICATED', 'access.wrongPassword');
}
