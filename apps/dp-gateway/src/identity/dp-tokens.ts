import { hash } from 'node:crypto';
import { DP_TOKEN_SKEW, type DpToken, type DpTokenVerdict, verifyDpToken } from '#sealing';
import type { DpIdentity } from './identity-cache.js';

/** A verified token, and the key it was verified with: the answer changes when the key does. */
interface Verified {
  readonly token: DpToken;
  readonly signingKey: string;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

const MAX_TOKENS = 50_000;

/**
 * Verifies DPs' tokens. A DP may use one token for minutes, so what was verified is remembered by the token's hash; the
 * oldest are forgotten first.
 */
export class DpTokens {
  private readonly verified = new Map<string, Verified>();

  constructor(private readonly maxTokens = MAX_TOKENS) {}

  /** The DP of a token that was verified before, so that it need not be decoded again. Says nothing about today's key. */
  dpOf(token: string): string | null {
    return this.verified.get(digest(token))?.token.dp ?? null;
  }

  /** Verifies a token against the key that is enrolled now. */
  async verify(token: string, identity: DpIdentity, now: number): Promise<DpTokenVerdict> {
    const id = digest(token);
    const known = this.verified.get(id);
    if (known && known.signingKey === identity.signingKey && known.token.dp === identity.dp) {
      return now <= known.until ? { ok: true, token: known.token } : { ok: false, fault: 'expired' };
    }
    const verdict = await verifyDpToken(token, identity.key, new Date(now));
    if (!verdict.ok) return verdict;
    if (verdict.token.dp !== identity.dp) return { ok: false, fault: 'claims' };
    this.remember(id, {
      token: verdict.token,
      signingKey: identity.signingKey,
      until: verdict.token.expiresAt.getTime() + DP_TOKEN_SKEW * 1000,
    });
    return verdict;
  }

  /** Verifies a token against the keys of a DP's machines. @returns the machine's identity, or what is wrong */
  async verifyAny(
    token: string,
    identities: readonly DpIdentity[],
    now: number,
  ): Promise<{ verdict: DpTokenVerdict; identity?: DpIdentity }> {
    const by = this.verified.get(digest(token))?.signingKey;
    // the key that it was verified with before: trying the other one first would cost each request a signature
    const likely = identities.toSorted((a, b) => Number(b.signingKey === by) - Number(a.signingKey === by));
    let refused: { verdict: DpTokenVerdict; identity?: DpIdentity } = {
      verdict: { ok: false, fault: 'signature' },
    };
    for (const identity of likely) {
      const verdict = await this.verify(token, identity, now);
      if (verdict.ok) return { verdict, identity };
      // any other fault is that of the machine which did sign it
      if (verdict.fault !== 'signature') refused = { verdict, identity };
    }
    return refused;
  }

  get size(): number {
    return this.verified.size;
  }

  private remember(id: string, verified: Verified): void {
    this.verified.delete(id);
    if (this.verified.size >= this.maxTokens) {
      const [oldest] = this.verified.keys();
      if (oldest !== undefined) this.verified.delete(oldest);
    }
    this.verified.set(id, verified);
  }
}

function digest(token: string): string {
  return hash('sha256', token, 'base64');
}
