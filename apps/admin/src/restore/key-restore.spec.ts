import { chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AdminEnv } from '../program/admin-env.js';
import { keysForDisk, restoreKeys } from './key-restore.js';

const KEYS = new Map([
  ['order-signing.pem', Buffer.from('signing')],
  ['token.key', Buffer.from('token')],
  ['importer.x25519.pem', Buffer.from('importer')],
]);
const AT = new Date('2026-03-02T08:00:00Z');
/** Of a user that need not be there. */
const OWNER = 54_321;
const isRoot = process.getuid?.() === 0;

let state: string;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'keys-'));
});
afterEach(() => rmSync(state, { recursive: true }));

describe('keys of a backup', () => {
  it.each([
    ['the folder of keys', 'keys'],
    ['the state folder, where there are no keys yet', ''],
  ])('belong to the owner of %s when root restores them', async (_, owned) => {
    mkdirSync(join(state, owned), { recursive: true });
    // anybody else can only write what is theirs
    const owner = isRoot ? OWNER : (process.getuid?.() ?? 0);
    chownSync(join(state, owned), owner, isRoot ? OWNER : (process.getgid?.() ?? 0));
    const written = await restoreKeys(KEYS, join(state, 'keys'), AT);
    expect(written).toHaveLength(3);
    for (const path of [join(state, 'keys'), ...written]) expect(statSync(path).uid).toBe(owner);
    expect(written.map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o600, 0o600]);
  });

  it('are not written where the environment gives them', () => {
    const env = { SERVER_SIGNING_KEY: 'a', SERVER_TOKEN_KEY: 'b' } as AdminEnv;
    expect([...keysForDisk(KEYS, env).keys()]).toEqual(['importer.x25519.pem']);
    expect([...keysForDisk(KEYS, {} as AdminEnv).keys()]).toEqual([...KEYS.keys()]);
  });

  it('that are there stay, and others are kept beside them', async () => {
    const folder = join(state, 'keys');
    await restoreKeys(KEYS, folder, AT);
    expect(await restoreKeys(KEYS, folder, AT)).toEqual([]);
    const other = new Map([['token.key', Buffer.from('another')]]);
    expect(await restoreKeys(other, folder, AT)).toEqual([join(folder, 'token.key')]);
    expect(readdirSync(folder)).toContain('token.key.before-2026-03-02T080000');
  });
});
