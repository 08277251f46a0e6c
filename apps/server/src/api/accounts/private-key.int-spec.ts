import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { textIn } from '#texts';
import { privateKeyFault } from './private-key.js';

let folder: string;
let number = 0;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'keys-'))));
afterAll(() => rmSync(folder, { recursive: true }));

/** A key made by OpenSSH. */
function made(passphrase: string, ...words: string[]): { key: string; pub: string } {
  const path = join(folder, `${(number += 1)}`);
  execFileSync('ssh-keygen', ['-q', '-N', passphrase, '-f', path, ...words]);
  return { key: readFileSync(path, 'utf8'), pub: readFileSync(`${path}.pub`, 'utf8') };
}
const flat = (text: string): string => text.replaceAll('\n', ' ');
const at = (path: string, message: string) => ({ path, message: expect.stringContaining(message) as string });
/** What is wrong with a key, as the API says it. */
const faultOf = (key: string, passphrase: string | undefined) => {
  const fault = privateKeyFault(key, passphrase);
  return fault && { path: fault.path, message: textIn('en', fault) };
};

describe('a private key', () => {
  it.each([
    ['ed25519', ['-t', 'ed25519']],
    ['ecdsa', ['-t', 'ecdsa']],
    ['rsa', ['-t', 'rsa']],
    ['rsa in PEM', ['-t', 'rsa', '-m', 'PEM']],
  ])('of OpenSSH is taken: %s', (_kind, words) => {
    expect(faultOf(made('', ...words).key, undefined)).toBeNull();
    const locked = made('a phrase', ...words, '-a', '1').key;
    expect(faultOf(locked, 'a phrase')).toBeNull();
    expect(faultOf(locked, undefined)).toMatchObject(at('passphrase', 'is needed'));
    expect(faultOf(locked, 'another one')).toMatchObject(at('passphrase', 'does not open'));
  });

  it('that is something else is refused by what it is', () => {
    const { key, pub } = made('', '-t', 'ed25519');
    const pkcs8 = made('', '-t', 'rsa', '-m', 'PKCS8').key;
    for (const [text, message] of [
      ['KEY', 'no private key'],
      [pkcs8, 'ssh-keygen -p'],
      [key.slice(0, 200), 'no private key'],
      [pub, 'public key'],
      [flat(key), 'line breaks'],
      [flat(flat(key)), 'line breaks'],
      ['PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n', 'PuTTY key of version 3'],
    ] as const)
      expect(faultOf(text, undefined)).toMatchObject(at('privateKey', message));
  });

  it('that would keep the server busy is refused before it is opened', () => {
    const { key } = made('a phrase', '-t', 'ed25519', '-a', '300');
    expect(faultOf(key, 'a phrase')).toMatchObject(at('privateKey', 'more than 256 rounds'));
    expect(faultOf(made('a phrase', '-t', 'ed25519', '-a', '100').key, 'a phrase')).toBeNull();
  });
});
