import type { TenantId } from '../base/ids.js';

/** A tenant [Mandant]: owns computers, accounts and imports, and is seen by those whose scope names it. */
export interface Tenant {
  id: TenantId;
  name: string;
  createdAt: Date;
  revision: number;
}
