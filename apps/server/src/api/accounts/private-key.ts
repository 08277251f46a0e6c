import ssh2 from 'ssh2';
import type { Fault } from '#domain';
import type { TextKey, TextParams } from '#texts';

/** Rounds of a key's password hash that a DP can be asked for at each login: OpenSSH takes 24 by itself. */
const MOST_ROUNDS = 256;
/** Rounds up to which a passphrase is tried here: each costs milliseconds during which this server does nothing else. */
const TRIED_ROUNDS = 32;

/**
 * What is wrong with a private key as a DP would read it, with the same parser; null: nothing. Once sealed, nobody can look.
 * Whether its passphrase opens a key of very many rounds is left to the DP.
 */
export function privateKeyFault(privateKey: string, passphrase: string | undefined): Fault | null {
  const key = (text: TextKey, params: TextParams = {}): Fault => ({
    path: 'privateKey',
    code: 'key',
    key: text,
    params,
  });
  const secret = (text: TextKey): Fault => ({ path: 'passphrase', code: 'key', key: text });
  if (/^\s*PuTTY-User-Key-File-3/.test(privateKey)) return key('fault.puttyKey');
  if (/-----BEGIN [A-Z ]+-----[^\n]*-----END/.test(privateKey)) return key('fault.keyLineBreaks');
  const rounds = bcryptRounds(privateKey);
  if (rounds > MOST_ROUNDS) return key('fault.keyRounds', { most: MOST_ROUNDS });
  if (rounds > TRIED_ROUNDS && passphrase !== undefined) return null;
  const parsed = ssh2.utils.parseKey(privateKey, passphrase);
  if (!(parsed instanceof Error)) {
    return parsed.isPrivateKey() ? null : key('fault.keyPublic');
  }
  if (/no passphrase given/i.test(parsed.message)) return secret('fault.passphraseNeeded');
  if (passphrase !== undefined && isEncrypted(privateKey)) return secret('fault.passphraseWrong');
  return key('fault.keyUnreadable');
}

/** The openssh-key-v1 container, without its armour; empty for anything else. */
function containerOf(privateKey: string): Buffer {
  const [, base64 = ''] = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]*?)-----END/.exec(privateKey) ?? [];
  return Buffer.from(base64, 'base64');
}

/** Rounds of bcrypt that an OpenSSH key asks for: the number behind the salt of its `kdfoptions` (OpenSSH PROTOCOL.key §1). */
function bcryptRounds(privateKey: string): number {
  const bytes = containerOf(privateKey);
  const kdf = Buffer.from('\0\0\0\x06bcrypt');
  const at = bytes.indexOf(kdf);
  if (at === -1) return 0;
  const salt = at + kdf.length + 4;
  if (salt + 4 > bytes.length) return 0;
  const rounds = salt + 4 + bytes.readUInt32BE(salt);
  return rounds + 4 > bytes.length ? 0 : bytes.readUInt32BE(rounds);
}

function isEncrypted(privateKey: string): boolean {
  return (
    containerOf(privateKey).includes('bcrypt') ||
    /^Proc-Type: 4,ENCRYPTED|^Encryption: (?!none)/m.test(privateKey)
  );
}
