import type { KeyObject } from 'node:crypto';
import { fromBase64Url, toBase64Url } from './bytes.js';
import { canonicalJson } from './canonical-json.js';
import { hpkeOpen, hpkeSeal } from './hpke.js';
import { RAW_KEY_BYTES } from './keys.js';

/** The HPKE `info` of every account. */
export const ACCOUNT_INFO = 'relaypoint/account/v1';

/** What a sealed account is bound to; another account, DP or key cannot be put in its place. */
export interface AccountBinding {
  /** Id of the account. */
  readonly account: string;
  /** `sealingKeyId` of the key it is sealed to. */
  readonly keyId: string;
  /** Id of the DP (or of the importer's key) that may open it. */
  readonly recipient: string;
}

/** The plain text of an account: a password or a private key. */
export interface AccountSecret {
  readonly username: string;
  readonly domain?: string;
  readonly password?: string;
  readonly privateKey?: string;
  readonly passphrase?: string;
}

const SECRET_FIELDS = ['username', 'domain', 'password', 'privateKey', 'passphrase'] as const;

const accountBinding = ({ account, keyId, recipient }: AccountBinding): AccountBinding => ({
  account,
  keyId,
  recipient,
});

/**
 * Seals any secret text to one recipient: base64url of `enc` (32 bytes) then ciphertext.
 *
 * @param info names the purpose, so that a secret of one kind never opens as another
 * @param binding what it is for: it opens only together with the same (AAD, as canonical JSON)
 */
export function sealText(recipientKey: KeyObject, info: string, binding: object, text: string): string {
  const plain = Buffer.from(text);
  const { enc, ct } = hpkeSeal(recipientKey, Buffer.from(info), Buffer.from(canonicalJson(binding)), plain);
  plain.fill(0);
  return toBase64Url(Buffer.concat([enc, ct]));
}

/** Opens what {@link sealText} made, as bytes that the caller overwrites after use; `null` when it does not open. */
export function openText(
  privateKey: KeyObject,
  info: string,
  binding: object,
  sealed: string,
): Buffer | null {
  const bytes = fromBase64Url(sealed);
  if (!bytes || bytes.length <= RAW_KEY_BYTES) return null;
  const parts = { enc: bytes.subarray(0, RAW_KEY_BYTES), ct: bytes.subarray(RAW_KEY_BYTES) };
  return hpkeOpen(privateKey, parts, Buffer.from(info), Buffer.from(canonicalJson(binding)));
}

/** Seals an account to a DP's sealing key (dp-protocol, "Poll", `sealed`). */
export function sealAccount(recipientKey: KeyObject, binding: AccountBinding, secret: AccountSecret): string {
  return sealText(
    recipientKey,
    ACCOUNT_INFO,
    accountBinding(binding),
    JSON.stringify(secret, [...SECRET_FIELDS]),
  );
}

/**
 * Opens a sealed account.
 *
 * @returns `null` when it was sealed to another key, for another recipient or account, was changed on the way, or is
 *   not an account: the caller reports `ACCOUNT_UNSEALABLE`
 */
export function openAccount(
  privateKey: KeyObject,
  binding: AccountBinding,
  sealed: string,
): AccountSecret | null {
  const plain = openText(privateKey, ACCOUNT_INFO, accountBinding(binding), sealed);
  if (!plain) return null;
  try {
    return parseSecret(JSON.parse(plain.toString()));
  } catch {
    return null;
  } finally {
    plain.fill(0);
  }
}

function parseSecret(value: unknown): AccountSecret | null {
  if (typeof value !== 'object' || value === null) return null;
  const given = new Map<string, unknown>(Object.entries(value));
  const username = given.get('username');
  if (typeof username !== 'string' || username === '') return null;
  const optional = SECRET_FIELDS.filter((field) => field !== 'username' && given.get(field) !== undefined);
  if (optional.some((field) => typeof given.get(field) !== 'string')) return null;
  return { username, ...Object.fromEntries(optional.map((field) => [field, given.get(field)])) };
}
