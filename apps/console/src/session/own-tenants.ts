import type { Field } from '../forms/form-fields.js';
import { useSession } from './session.js';

/** The one that every installation has from its first start. */
const FIRST = 'default';

interface OwnTenants {
  /** That a form begins with: the first one of whoever is signed in. */
  first: string;
  /** Whether things may be made that belong to all tenants. */
  mayBeNone: boolean;
}

/** Of which tenants something new may be. */
export function useOwnTenants(): OwnTenants {
  const { role, tenants } = useSession();
  return {
    first: tenants === 'all' ? FIRST : (tenants[0] ?? ''),
    mayBeNone: tenants === 'all' && role === 'owner',
  };
}

/** The field for it, of what may belong to all tenants as well. */
export const ownTenant = ({ first, mayBeNone }: OwnTenants): Field => ({
  name: 'tenant',
  label: 'tenant',
  kind: 'tenant',
  initial: first,
  ...(mayBeNone ? { none: 'pick.allTenants' } : { required: true }),
});
