import { inScope, type TenantScope } from '../base/ids.js';

/** Roles from least to most (security.md). */
export const ROLES = ['viewer', 'operator', 'admin', 'owner'] as const;
export type Role = (typeof ROLES)[number];

/** What may be done, and the least role that may do it. */
export const PERMISSIONS = {
  'session.use': 'viewer',
  'computers.read': 'viewer',
  'orders.read': 'viewer',
  'imports.read': 'viewer',
  'dps.read': 'viewer',
  'releases.read': 'viewer',
  'accounts.read': 'viewer',
  'settings.read': 'viewer',
  'tenants.read': 'viewer',
  'events.read': 'viewer',
  'views.use': 'viewer',
  'views.share': 'operator',
  'views.manage': 'admin',
  'computers.edit': 'operator',
  'computers.release': 'operator',
  'computers.delete': 'operator',
  'orders.control': 'operator',
  'brakes.read': 'viewer',
  'brakes.control': 'operator',
  'rollouts.read': 'viewer',
  'rollouts.control': 'operator',
  'imports.run': 'operator',
  'dps.manage': 'admin',
  'releases.manage': 'admin',
  'accounts.manage': 'admin',
  'settings.manage': 'admin',
  'global-settings.manage': 'owner',
  'dead-letters.manage': 'admin',
  'location-rules.read': 'viewer',
  'location-rules.manage': 'admin',
  'assignment-rules.read': 'viewer',
  'assignment-rules.manage': 'admin',
  'directories.read': 'viewer',
  'directories.manage': 'admin',
  'notifications.manage': 'admin',
  'tenants.manage': 'owner',
  'users.manage': 'admin',
  'audit.read': 'admin',
  'api-tokens.manage': 'admin',
} as const satisfies Record<string, Role>;
export type Permission = keyof typeof PERMISSIONS;

export function may(role: Role, permission: Permission): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(PERMISSIONS[permission]);
}

/** What a person or a token may do, and for whom. */
export interface Grant {
  role: Role;
  tenants: TenantScope;
}

/** Whether a grant goes no further than another: nobody can make, see or change one that may more than they do. */
export function isWithin(own: Grant, { role, tenants }: Grant): boolean {
  if (ROLES.indexOf(role) > ROLES.indexOf(own.role)) return false;
  if (own.tenants === 'all') return true;
  return tenants !== 'all' && tenants.every((tenant) => inScope(own.tenants, tenant));
}
