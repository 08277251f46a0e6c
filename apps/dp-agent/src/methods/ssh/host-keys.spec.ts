import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostKeyFingerprint, HostKeys, hostKeyType, isKnownAs, judgeHostKey } from './host-keys.js';

// made with ssh-keygen -t ed25519; the fingerprint is what ssh-keygen -l printed
const LINE = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKtnPUIt6TZ2MJmD29NCnSpBK+GxS7PrPGzcd9MSF2fS';
const key = Buffer.from(LINE.split(' ')[1] ?? '', 'base64');
const other = Buffer.from(key.toReversed());

describe('a host key', () => {
  it('is known by its fingerprint, its line or its base64', () => {
    expect(hostKeyType(key)).toBe('ssh-ed25519');
    for (const known of [
      hostKeyFingerprint(key),
      `${hostKeyFingerprint(key)}=`,
      LINE,
      `[10.0.0.1]:22 ${LINE}`,
      key.toString('base64'),
    ]) {
      expect(isKnownAs(key, known)).toBe(true);
      expect(isKnownAs(other, known)).toBe(false);
    }
  });

  const pinned = key.toString('base64');
  it.each([
    ['first contact', key, null, undefined, false, { ok: true, pin: true }],
    ['first contact, strict', key, null, undefined, true, { ok: false, code: 'HOST_KEY_UNKNOWN' }],
    ['as pinned', key, null, pinned, false, { ok: true, pin: false }],
    ['as pinned, strict', key, null, pinned, true, { ok: true, pin: false }],
    ['not as pinned', other, null, pinned, false, { ok: false, code: 'HOST_KEY_CHANGED' }],
    ['as the order knows it', key, LINE, undefined, true, { ok: true, pin: true }],
    ['not as the order knows it', other, LINE, undefined, false, { ok: false, code: 'HOST_KEY_CHANGED' }],
    ['confirmed anew', key, LINE, other.toString('base64'), true, { ok: true, pin: true }],
  ])('%s is judged', (_, shown, ordered, pin, strict, verdict) => {
    expect(judgeHostKey(shown, { ordered, pinned: pin, strict })).toEqual(verdict);
  });

  it('stays pinned over a restart, whatever the case of the name', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'keys-'));
    const keys = new HostKeys(join(folder, 'host-keys.json'));
    await Promise.all([keys.pin('PC-01', key), keys.pin('pc-02', other)]);
    const again = new HostKeys(join(folder, 'host-keys.json'));
    expect(await again.pinned('pc-01')).toBe(pinned);
    expect(await again.pinned('pc-02')).toBe(other.toString('base64'));
    expect(await again.pinned('pc-03')).toBeUndefined();
    await rm(folder, { recursive: true });
  });
});
