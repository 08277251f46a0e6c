import type { TenantScope } from '../base/ids.js';
import type { Role } from './permissions.js';

/** Who asks: a user with a session, or a script with an API token. */
export interface Caller {
  /** `user:<id>` or `token:<id>`. */
  id: string;
  /** Shown in audit, orders and timeline. */
  name: string;
  role: Role;
  tenants: TenantScope;
  /** Address the request came from. */
  address: string | null;
  /** Id of the request, or of the rollout or directory that asks instead of one; orders carry it as their correlation. */
  request?: string;
}
