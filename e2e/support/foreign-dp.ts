import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  randomUUID,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core';

/** What the gateway answers a poll. */
export interface PollResult {
  status: string;
  orders: { order: ForeignOrder; signature: string }[];
  cancel: { order: string; fence: number }[];
  lost: { order: string; fence: number }[];
  pollAfter: number;
  serverTime: string;
}

/** What the gateway answers; `retryAfter` in seconds, when it says so. */
export interface GatewayAnswer {
  status: number;
  retryAfter?: number;
  body: Record<string, unknown>;
}

/** What a DP says of itself. */
export interface ForeignAgent {
  version: string;
  os: string;
  hostname: string;
  contradiction?: object;
}

export interface ForeignOrder {
  order: string;
  dp: string;
  attempt: number;
  fence: number;
  kind: string;
  computer: { name: string; fqdn: string | null; address: string | null };
  release: {
    version: string;
    files: { platform: string; url: string; size: number; sha256: string }[];
  } | null;
  accounts: { account?: string; keyId?: string; sealed?: string; local?: true }[];
  registration: { url: string; token: string } | null;
  /** An earlier try may have ended unseen: the computer is looked at before anything is started. */
  verify?: boolean;
}

/** Seconds beyond its wait after which a request counts as lost, as the page says. */
const GRACE = 30;

/**
 * A distribution point written from docs/dp-protocol.md alone, with nothing of the product's code: what somebody else
 * would write. It shows that the document says enough, and carries the load in the benchmark.
 */
export class ForeignDp {
  private readonly signing = generateKeyPairSync('ed25519');
  private readonly sealing = generateKeyPairSync('x25519');
  private token: { text: string; until: number } | undefined;
  private serverKey: KeyObject | undefined;
  private seq = 0;
  readonly id: string;
  private readonly gateway: string;

  constructor(id: string, gateway: string) {
    this.id = id;
    this.gateway = gateway;
  }

  async enrol(joinToken: string): Promise<GatewayAnswer> {
    const answer = await this.post('/dp/v1/enrol', {
      joinToken,
      signingKey: rawKey(this.signing.publicKey),
      sealingKey: rawKey(this.sealing.publicKey),
      agent: { version: '1.0', os: 'test', hostname: 'foreign' },
    });
    if (answer.status === 201) {
      const der = Buffer.concat([ED25519_SPKI, Buffer.from(String(answer.body['serverKey']), 'base64url')]);
      this.serverKey = createPublicKey({ key: der, format: 'der', type: 'spki' });
    }
    return answer;
  }

  get fingerprint(): string {
    const both = Buffer.concat([raw(this.signing.publicKey), raw(this.sealing.publicKey)]);
    return `SHA256:${createHash('sha256').update(both).digest('base64').replace(/=+$/, '')}`;
  }

  async poll(
    options: {
      max?: number;
      wait?: number;
      poll?: string;
      again?: true;
      running?: { order: string; fence: number }[];
      agent?: ForeignAgent | undefined;
    } = {},
  ): Promise<{ status: number; body: PollResult; retryAfter?: number }> {
    const { max = 100, wait = 0, poll = randomUUID(), again, running = [], agent } = options;
    const answer = await this.post(
      '/dp/v1/poll',
      { poll, max, wait, running, ...(again ? { again } : {}), ...(agent ? { agent } : {}) },
      this.bearer(),
      wait + GRACE,
    );
    const result = answer as unknown as { status: number; body: PollResult; retryAfter?: number };
    for (const { order, signature } of result.body.orders ?? []) this.check(order, signature);
    return result;
  }

  /** Reports in one request; each is a state of an order, in its order. */
  report(
    reports: readonly { order: ForeignOrder; state: string; [field: string]: unknown }[],
  ): Promise<GatewayAnswer> {
    return this.send(
      reports.map(({ order, ...rest }) => ({
        report: randomUUID(),
        order: order.order,
        fence: order.fence,
        attempt: order.attempt,
        seq: (this.seq += 1),
        at: new Date().toISOString(),
        ...rest,
      })),
    );
  }

  /** Reports as they stand, for a DP that keeps them until they are taken. */
  send(reports: readonly object[]): Promise<GatewayAnswer> {
    return this.post('/dp/v1/reports', { reports }, this.bearer());
  }

  /** Downloads a file of an order's release; only bytes from `start` on when given. */
  file(url: string, start?: number): Promise<Response> {
    const headers: Record<string, string> = { authorization: `Bearer ${this.bearer()}` };
    if (start !== undefined) headers['range'] = `bytes=${start}-`;
    return fetch(new URL(url, this.gateway), { headers });
  }

  /** Opens an account as RFC 9180 and the protocol page say. */
  async open(sealed: {
    account?: string;
    keyId?: string;
    sealed?: string;
  }): Promise<Record<string, unknown>> {
    const suite = new CipherSuite({
      kem: new DhkemX25519HkdfSha256(),
      kdf: new HkdfSha256(),
      aead: new Aes256Gcm(),
    });
    const bytes = Buffer.from(String(sealed.sealed), 'base64url');
    const privateKey = await suite.kem.importKey(
      'raw',
      exact(Buffer.from(String(this.sealing.privateKey.export({ format: 'jwk' }).d), 'base64url')),
      false,
    );
    const recipient = await suite.createRecipientContext({
      recipientKey: privateKey,
      enc: exact(bytes.subarray(0, 32)),
      info: exact(Buffer.from('relaypoint/account/v1')),
    });
    const aad = canonical({ account: sealed.account, keyId: sealed.keyId, recipient: this.id });
    const plain = await recipient.open(exact(bytes.subarray(32)), exact(Buffer.from(aad)));
    return JSON.parse(Buffer.from(plain).toString()) as Record<string, unknown>;
  }

  /** The DP's own token, as every request but the enrolment carries it. */
  bearer(): string {
    const now = Math.floor(Date.now() / 1000);
    if (this.token && this.token.until > now + 30) return this.token.text;
    const until = now + 240;
    this.token = { text: this.tokenWith(), until };
    return this.token.text;
  }

  /** A token of its own with other claims or another header than it should have; signed with its key by default. */
  tokenWith(
    claims: Record<string, unknown> = {},
    header: Record<string, unknown> = { alg: 'EdDSA', typ: 'JWT' },
    signer: (signed: Buffer) => Buffer = (signed) => sign(null, signed, this.signing.privateKey),
  ): string {
    const now = Math.floor(Date.now() / 1000);
    const own = {
      iss: this.id,
      sub: this.id,
      aud: 'relaypoint',
      iat: now,
      exp: now + 240,
      jti: randomUUID(),
    };
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const signed = `${part(header)}.${part({ ...own, ...claims })}`;
    return `${signed}.${signer(Buffer.from(signed)).toString('base64url')}`;
  }

  /** Its public signing key as everybody may know it: raw, and as PEM. */
  get publicSigningKey(): { raw: Buffer; pem: string } {
    const { publicKey } = this.signing;
    return { raw: raw(publicKey), pem: String(publicKey.export({ format: 'pem', type: 'spki' })) };
  }

  /** Asks for other sealing keys under this token. */
  rotate(bearer: string): Promise<GatewayAnswer> {
    const sealingKey = rawKey(generateKeyPairSync('x25519').publicKey);
    return this.post('/dp/v1/keys', { signingKey: rawKey(this.signing.publicKey), sealingKey }, bearer);
  }

  /** @param seconds after which the answer counts as lost */
  async post(path: string, body: unknown, bearer?: string, seconds = GRACE): Promise<GatewayAnswer> {
    const response = await fetch(`${this.gateway}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(bearer ? { authorization: `Bearer ${bearer}` } : {}),
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
      signal: AbortSignal.timeout(seconds * 1000),
    });
    const text = await response.text();
    const retryAfter = response.headers.get('retry-after');
    return {
      status: response.status,
      ...(retryAfter === null ? {} : { retryAfter: Number(retryAfter) }),
      body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
    };
  }

  private check(order: ForeignOrder, signature: string): void {
    const good =
      this.serverKey !== undefined &&
      verify(null, Buffer.from(canonical(order)), this.serverKey, Buffer.from(signature, 'base64url'));
    if (!good) throw new Error(`the signature of order ${order.order} is wrong`);
  }
}

const ED25519_SPKI = Buffer.from('302a300506032b6570032100', 'hex');

function raw(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' }).subarray(-32);
}

function rawKey(key: KeyObject): string {
  return raw(key).toString('base64url');
}

function exact(bytes: Buffer): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}

/** RFC 8785 for what orders hold: strings, integers, booleans, null, arrays, objects. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, v]) => v !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([k, v]) => `${JSON.stringify(k)}:${canonical(v)}`).join(',')}}`;
}
