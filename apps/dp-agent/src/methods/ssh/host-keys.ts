import { createHash } from 'node:crypto';
import { readPrivateFile, writePrivateFile } from '#sealing';
import { z } from 'zod';

const stored = z.record(z.string(), z.string());

/** A host key's fingerprint as OpenSSH prints it. */
export function hostKeyFingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** Type named in a host key's first field: `ssh-ed25519`. */
export function hostKeyType(key: Buffer): string {
  const length = key.length >= 4 ? key.readUInt32BE(0) : 0;
  return key.subarray(4, 4 + length).toString('latin1');
}

/** Whether a key is the one that a person wrote down: as fingerprint, as in known_hosts, or as base64 alone. */
export function isKnownAs(key: Buffer, known: string): boolean {
  const text = known.trim();
  if (text.startsWith('SHA256:')) return text.replace(/=+$/, '') === hostKeyFingerprint(key);
  return text.split(/\s+/).includes(key.toString('base64'));
}

/** Host keys pinned on first use, by computer; kept in the state folder. */
export class HostKeys {
  private keys: Record<string, string> | null = null;
  private writing: Promise<void> = Promise.resolve();

  constructor(private readonly path: string) {}

  /** The key pinned for a computer (base64), or undefined on first contact. */
  async pinned(computer: string): Promise<string | undefined> {
    return (await this.all())[computer.toLowerCase()];
  }

  /** Pins a key; a later contact has to show the same. */
  async pin(computer: string, key: Buffer): Promise<void> {
    const keys = await this.all();
    keys[computer.toLowerCase()] = key.toString('base64');
    this.writing = this.writing
      .catch(() => undefined)
      .then(() => writePrivateFile(this.path, JSON.stringify(keys)));
    await this.writing;
  }

  private async all(): Promise<Record<string, string>> {
    if (!this.keys) {
      const bytes = await readPrivateFile(this.path);
      this.keys ??= bytes ? stored.parse(JSON.parse(bytes.toString())) : {};
    }
    return this.keys;
  }
}

export type HostKeyVerdict =
  | { readonly ok: true; readonly pin: boolean }
  | { readonly ok: false; readonly code: 'HOST_KEY_UNKNOWN' | 'HOST_KEY_CHANGED' };

/**
 * Whether a computer may be trusted with an account. What the order knows counts before what was pinned here, so that an
 * administrator's confirmation of a new key reaches every DP.
 */
export function judgeHostKey(
  key: Buffer,
  known: { ordered: string | null; pinned: string | undefined; strict: boolean },
): HostKeyVerdict {
  if (known.ordered !== null && known.ordered !== '') {
    return isKnownAs(key, known.ordered) ? { ok: true, pin: true } : { ok: false, code: 'HOST_KEY_CHANGED' };
  }
  if (known.pinned !== undefined) {
    const same = known.pinned === key.toString('base64');
    return same ? { ok: true, pin: false } : { ok: false, code: 'HOST_KEY_CHANGED' };
  }
  return known.strict ? { ok: false, code: 'HOST_KEY_UNKNOWN' } : { ok: true, pin: true };
}
