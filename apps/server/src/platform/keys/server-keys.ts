import type { KeyObject } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  deriveToken,
  fromBase64Url,
  keyPairFromRawPrivate,
  loadOrCreateKeyFile,
  loadOrCreateSecretFile,
  type KeyPair,
  publicKeyText,
  RAW_KEY_BYTES,
  serverKeyFingerprint,
  signOrder,
  signText,
  tokenKeyFingerprint,
} from '#sealing';

/** Where the keys come from: files in a state folder, or given, so that several servers share them. */
export interface KeySources {
  /** Folder of the key files; made when it does not exist. */
  folder: string;
  /** Raw Ed25519 private key, base64url. */
  signingKey?: string | undefined;
  /** At least 32 bytes, base64url. */
  tokenKey?: string | undefined;
}

/**
 * The server's own keys: one signs orders, so that neither broker nor gateway can forge or move them; the other derives
 * the tokens that the server can make again at any time and so never stores.
 */
export class ServerKeys {
  /** Raw Ed25519 public key, base64url: DPs verify orders with it. */
  readonly serverKey: string;
  /** `SHA256:` and the base64 SHA-256 of the raw public key; in the join command, pinned by the DP at enrolment. */
  readonly fingerprint: string;
  /** `SHA256:` and the base64 SHA-256 of a token that nothing else uses: tells token keys apart and gives none away. */
  readonly tokenFingerprint: string;

  /**
   * X25519 pair that secrets are sealed to which the servers themselves open. It follows from the token key, so that
   * servers that share that one share this one.
   */
  readonly sealing: KeyPair;

  private constructor(
    private readonly signingKey: KeyObject,
    publicKey: KeyObject,
    private readonly tokenKey: Uint8Array,
  ) {
    this.serverKey = publicKeyText(publicKey);
    this.fingerprint = serverKeyFingerprint(publicKey);
    this.tokenFingerprint = tokenKeyFingerprint(tokenKey);
    const raw = Buffer.from(this.token('sealing'), 'base64url');
    this.sealing = keyPairFromRawPrivate('x25519', raw);
  }

  /** @throws Error when a given key is unusable, or a key file is readable by others */
  static async load(sources: KeySources): Promise<ServerKeys> {
    if (sources.signingKey === undefined || sources.tokenKey === undefined) {
      await mkdir(sources.folder, { recursive: true, mode: 0o700 });
    }
    const pair =
      sources.signingKey === undefined
        ? await loadOrCreateKeyFile(join(sources.folder, 'order-signing.pem'), 'ed25519')
        : keyPairFromRawPrivate('ed25519', givenBytes('SERVER_SIGNING_KEY', sources.signingKey));
    const tokenKey =
      sources.tokenKey === undefined
        ? await loadOrCreateSecretFile(join(sources.folder, 'token.key'))
        : givenBytes('SERVER_TOKEN_KEY', sources.tokenKey);
    return new ServerKeys(pair.privateKey, pair.publicKey, tokenKey);
  }

  /** Ed25519 over the value's canonical JSON (RFC 8785), base64url. */
  sign(value: unknown): string {
    return signOrder(this.signingKey, value);
  }

  /** Ed25519 over a text that is no JSON, base64url; see {@link signText}. */
  signText(text: string): string {
    return signText(this.signingKey, text);
  }

  /** A token bound to a purpose and parts, base64url; the same every time. */
  token(purpose: string, ...parts: string[]): string {
    return deriveToken(this.tokenKey, purpose, ...parts);
  }
}

function givenBytes(name: string, text: string): Buffer {
  const bytes = fromBase64Url(text);
  if (bytes?.length !== RAW_KEY_BYTES) throw new Error(`${name} must be ${RAW_KEY_BYTES} bytes as base64url`);
  return bytes;
}
