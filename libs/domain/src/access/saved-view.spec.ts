import type { TenantId } from '../base/ids.js';
import type { Caller } from './caller.js';
import type { Role } from './permissions.js';
import { mayChangeView, seesView } from './saved-view.js';

const acme = 'acme' as TenantId;
const other = 'other' as TenantId;
const caller = (id: string, role: Role, tenants: Caller['tenants'] = [acme]): Caller => ({
  id,
  name: id,
  role,
  tenants,
  address: null,
});
const own = { owner: 'user:1', tenant: null };
const shared = { owner: 'user:1', tenant: acme };

describe('a saved view', () => {
  it('is seen by its owner, and by the people of the tenant that it is shared with', () => {
    expect(seesView(caller('user:1', 'viewer'), own)).toBe(true);
    expect(seesView(caller('user:2', 'owner', 'all'), own)).toBe(false);
    expect(seesView(caller('user:2', 'viewer'), shared)).toBe(true);
    expect(seesView(caller('user:2', 'admin', [other]), shared)).toBe(false);
    // whoever lost a tenant lost what was shared with it
    expect(seesView(caller('user:1', 'operator', [other]), shared)).toBe(false);
    expect(seesView(caller('user:1', 'viewer', [other]), own)).toBe(true);
  });

  it.each<[string, Role, boolean, boolean]>([
    ['user:1', 'viewer', true, false],
    ['user:1', 'operator', true, true],
    ['user:2', 'operator', false, false],
    ['user:2', 'admin', false, true],
  ])('of user:1 may be changed by %s, %s: own %s, shared %s', (id, role, changesOwn, changesShared) => {
    expect(mayChangeView(caller(id, role), own)).toBe(changesOwn);
    expect(mayChangeView(caller(id, role), shared)).toBe(changesShared);
  });

  it('of another tenant is nobody else’s to change', () => {
    expect(mayChangeView(caller('user:2', 'admin', [other]), shared)).toBe(false);
  });
});
