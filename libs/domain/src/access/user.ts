import type { TenantScope } from '../base/ids.js';
import type { Role } from './permissions.js';

/** A person who logs in. */
export interface User {
  id: string;
  /** Names differ by more than their case. */
  name: string;
  passwordHash: string;
  role: Role;
  tenants: TenantScope;
  /** Since when the user may not log in; null or absent: the user may. */
  disabledAt?: Date | null;
  /** When the password was last set. */
  passwordAt?: Date;
  createdAt: Date;
  revision: number;
}

/** A login of the console. */
export interface Session {
  /** SHA-256 of what the cookie holds. */
  id: string;
  user: string;
  createdAt: Date;
  lastUsedAt: Date;
  expiresAt: Date;
}

/** What a program logs in with; the token itself is shown once and never stored. */
export interface ApiToken {
  id: string;
  /** SHA-256 of the token. */
  hash: string;
  label: string;
  role: Role;
  tenants: TenantScope;
  /** Null: it does not expire. */
  expiresAt: Date | null;
  createdBy: string;
  createdAt: Date;
  lastUsedAt: Date | null;
}
