import { Injectable } from '@nestjs/common';
import { DomainError, type User } from '#domain';
import { SessionRepository, UserRepository } from '#persistence';
import { randomToken, sha256 } from '#sealing';
import type { Caller } from './caller.js';
import { LoginThrottle } from './login-throttle.js';
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
    private readonly throttle: LoginThrottle,
  ) {}

  /** @throws DomainError UNAUTHENTICATED, RATE_LIMITED */
  async logIn(name: string, password: string, address: string, now: Date): Promise<LoggedIn> {
    this.throttle.demand(name, address, now);
    const user = await this.users.findByName(name);
    this.decoy ??= hashPassword(randomToken());
    const matches = await verifyPassword(password, user?.passwordHash ?? (await this.decoy));
    if (!user || !matches) {
      this.throttle.failed(name, address, now);
      throw new DomainError('UNAUTHENTICATED', 'User or password is wrong.');
    }
    this.throttle.succeeded(name);
    const secret = randomToken();
    const expiresAt = new Date(now.getTime() + SESSION_IDLE_MS);
    await this.sessions.insert({
      id: sha256(secret),
      user: user.id,
      createdAt: now,
      lastUsedAt: now,
      expiresAt,
    });
    return { secret, expiresAt, caller: callerOf(user, address) };
  }

  /** Null when the session is unknown, has ended, or its user is gone. */
  async callerOf(secret: string, address: string, now: Date): Promise<Caller | null> {
    const session = await this.sessions.findById(sha256(secret));
    if (!session || session.expiresAt <= now) return null;
    const user = await this.users.findById(session.user);
    if (!user) return null;
    if (now.getTime() - session.lastUsedAt.getTime() > NOTE_USE_EVERY_MS) {
      await this.sessions.noteUse(session.id, now, new Date(now.getTime() + SESSION_IDLE_MS));
    }
    return callerOf(user, address);
  }

  async logOut(secret: string): Promise<void> {
    await this.sessions.remove(sha256(secret));
  }
}

function callerOf(user: User, address: string): Caller {
  return { id: `user:${user.id}`, name: user.name, role: user.role, tenants: user.tenants, address };
}
