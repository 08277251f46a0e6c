import {
  canInstallOn,
  disable,
  enable,
  enrol,
  JOIN_TOKEN_LIFE,
  serves,
  type DistributionPoint,
  type DpKeys,
} from './distribution-point.js';
import type { DpId, TenantId } from '../base/ids.js';
import { at, NOW } from '../../testing/sample-orders.js';

const keysOf = (fingerprint: string): DpKeys => ({
  signing: 's'.repeat(43),
  sealing: 'x'.repeat(43),
  sealingKeyId: 'k'.repeat(16),
  fingerprint,
  since: NOW,
});
const agent = { version: '1.0.0', os: 'linux', hostname: 'dp-host' };

const created: DistributionPoint = {
  id: 'site-a' as DpId,
  tenant: 'acme' as TenantId,
  name: 'Site A',
  state: 'created',
  keys: null,
  joinToken: { hash: 'hash-1', expiresAt: at(JOIN_TOKEN_LIFE), spentBy: null },
  agent: null,
  lastSeen: null,
  createdAt: NOW,
  revision: 0,
};

const enrolled = enrol(created, 'hash-1', keysOf('SHA256:a'), agent, NOW) ?? created;
const refused = expect.objectContaining({ code: 'UNAUTHENTICATED' });

describe('enrolment (R7)', () => {
  it('records the keys and waits for an administrator', () => {
    expect(enrolled).toMatchObject({
      state: 'pending',
      keys: { fingerprint: 'SHA256:a' },
      agent,
      joinToken: { spentBy: 'SHA256:a' },
    });
  });

  it('repeated with the same keys changes nothing, also when the token has run out since', () => {
    expect(enrol(enrolled, 'hash-1', keysOf('SHA256:a'), agent, at(2 * JOIN_TOKEN_LIFE))).toBeNull();
  });

  it('with a spent token and other keys is refused', () => {
    expect(() => enrol(enrolled, 'hash-1', keysOf('SHA256:b'), agent, NOW)).toThrow(refused);
  });

  it('with a wrong, missing or expired token is refused', () => {
    expect(() => enrol(created, 'hash-2', keysOf('SHA256:a'), agent, NOW)).toThrow(refused);
    expect(() => enrol({ ...created, joinToken: null }, 'hash-1', keysOf('SHA256:a'), agent, NOW)).toThrow(
      refused,
    );
    expect(() => enrol(created, 'hash-1', keysOf('SHA256:a'), agent, at(JOIN_TOKEN_LIFE))).toThrow(refused);
    expect(enrol(created, 'hash-1', keysOf('SHA256:a'), agent, at(JOIN_TOKEN_LIFE - 1))).not.toBeNull();
  });

  it('of an enabled DP with a new token makes it wait for an administrator again', () => {
    const enabled = enable(enrolled, null) ?? enrolled;
    const token = { hash: 'hash-2', expiresAt: at(JOIN_TOKEN_LIFE), spentBy: null };
    expect(enrol({ ...enabled, joinToken: token }, 'hash-2', keysOf('SHA256:b'), agent, NOW)?.state).toBe(
      'pending',
    );
  });
});

describe('enabling and disabling', () => {
  it('needs a machine that has joined', () => {
    expect(() => enable(created, null)).toThrow(expect.objectContaining({ code: 'WRONG_STATE' }));
  });

  it('compares the fingerprint when one is given', () => {
    expect(enable(enrolled, 'SHA256:a')?.state).toBe('enabled');
    expect(enable(enrolled, null)?.state).toBe('enabled');
    expect(() => enable(enrolled, 'SHA256:b')).toThrow('{"fingerprint":"SHA256:a","said":"SHA256:b"}');
  });

  it('twice changes nothing, but a wrong fingerprint is refused even then', () => {
    const enabled = enable(enrolled, null) ?? enrolled;
    expect(enable(enabled, 'SHA256:a')).toBeNull();
    expect(() => enable(enabled, 'SHA256:b')).toThrow(expect.objectContaining({ code: 'WRONG_STATE' }));
  });

  it('can be taken back and given again', () => {
    const disabled = disable(enable(enrolled, null) ?? enrolled);
    expect(disabled?.state).toBe('disabled');
    expect(disabled && disable(disabled)).toBeNull();
    expect(disabled && enable(disabled, null)?.state).toBe('enabled');
  });
});

describe('a DP', () => {
  it('serves its tenant, or all when it has none', () => {
    expect(serves(created, 'acme' as TenantId)).toBe(true);
    expect(serves(created, 'other' as TenantId)).toBe(false);
    expect(serves({ tenant: null }, 'other' as TenantId)).toBe(true);
  });
});

describe('what a DP can install on', () => {
  const withAgent = (said: object) => ({ agent: { ...agent, ...said } });

  it.each([
    ['an agent of before', {}, 'windows', true],
    ['SSH alone', { methods: ['ssh'], platforms: ['linux', 'darwin'] }, 'windows', false],
    ['SSH alone', { methods: ['ssh'], platforms: ['linux', 'darwin'] }, 'linux', true],
    ['SSH alone', { methods: ['ssh'], platforms: ['linux', 'darwin'] }, null, true],
    ['SMB too', { methods: ['ssh', 'smb'], platforms: ['linux', 'darwin', 'windows'] }, 'windows', true],
    ['a command of its site', { methods: ['command'], platforms: [] }, 'windows', true],
  ] as const)('with %s (%o) on %s: %s', (_, said, platform, can) => {
    expect(canInstallOn(withAgent(said), platform)).toBe(can);
  });

  it('is anything as long as it has not said a word', () => {
    expect(canInstallOn({ agent: null }, 'windows')).toBe(true);
  });
});
