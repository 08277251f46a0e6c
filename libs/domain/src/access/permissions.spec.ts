import { inScope, isSlug, type TenantId } from '../base/ids.js';
import { may, PERMISSIONS, ROLES, type Permission } from './permissions.js';

const permissions = Object.keys(PERMISSIONS) as Permission[];

describe('permissions', () => {
  it.each(permissions)('%s: who may, every higher role may as well, and the owner always', (permission) => {
    const allowed = ROLES.map((role) => may(role, permission));
    expect(allowed.slice(allowed.indexOf(true))).not.toContain(false);
    expect(may('owner', permission)).toBe(true);
  });

  it('let a viewer only read', () => {
    const viewer = permissions.filter((permission) => may('viewer', permission));
    expect(viewer.filter((permission) => !/\.(?:read|use)$/.test(permission))).toEqual([]);
  });

  it('give each role more than the one below', () => {
    const counts = ROLES.map((role) => permissions.filter((permission) => may(role, permission)).length);
    expect(counts).toEqual([...new Set(counts)].toSorted((a, b) => a - b));
  });

  it('keep accounts, DPs and settings from operators, and tenants from admins', () => {
    expect(may('operator', 'computers.release')).toBe(true);
    expect(may('operator', 'accounts.manage')).toBe(false);
    expect(may('operator', 'dps.manage')).toBe(false);
    expect(may('admin', 'settings.manage')).toBe(true);
    expect(may('admin', 'tenants.manage')).toBe(false);
  });
});

describe('ids', () => {
  it.each(['a', 'site-a', '0', 'a'.repeat(40), 'a-1-b'])('%s is a slug', (text) => {
    expect(isSlug(text)).toBe(true);
  });

  it.each(['', '-a', 'a-', 'A', 'a_b', 'a.b', 'ä', 'a b', 'a\n', 'a'.repeat(41)])('%j is no slug', (text) => {
    expect(isSlug(text)).toBe(false);
  });

  it('are in the scope of all tenants, or of the named ones', () => {
    const acme = 'acme' as TenantId;
    const other = 'other' as TenantId;
    expect(inScope('all', acme)).toBe(true);
    expect(inScope([acme], acme)).toBe(true);
    expect(inScope([other], acme)).toBe(false);
    expect(inScope([], acme)).toBe(false);
  });
});
