import { type KeyObject, randomUUID } from 'node:crypto';
import { decodeJwt, errors, jwtVerify, SignJWT } from 'jose';

/** `aud` of every DP token. */
export const DP_TOKEN_AUDIENCE = 'relaypoint';
/** How far ahead `exp` may lie, in seconds. */
export const DP_TOKEN_MAX_LIFETIME = 300;
/** Clock difference that is forgiven, in seconds. */
export const DP_TOKEN_SKEW = 60;

/** A verified token. */
export interface DpToken {
  /** Id of the DP that signed it. */
  readonly dp: string;
  /** Unique id of the token; checked for reuse on key rotation. */
  readonly jti: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
}

/** Why a token was refused. `expired` and `early` hint at the DP's clock. */
export type DpTokenFault = 'malformed' | 'signature' | 'claims' | 'expired' | 'early' | 'too-long';

export type DpTokenVerdict =
  | { readonly ok: true; readonly token: DpToken }
  | {
      readonly ok: false;
      readonly fault: DpTokenFault;
      /** Seconds by which the clock of its maker is ahead (or behind, when negative); only of a token that he did sign. */
      readonly clockOff?: number;
    };

/**
 * A token as a DP sends it with every request: JWT, EdDSA, signed by the DP's own key.
 *
 * @param lifetime seconds until it expires, at most 300
 */
export async function makeDpToken(
  dp: string,
  privateKey: KeyObject,
  now: Date,
  lifetime = 240,
): Promise<string> {
  const issued = Math.floor(now.getTime() / 1000);
  return new SignJWT({})
    .setProtectedHeader({ alg: 'EdDSA', typ: 'JWT' })
    .setIssuer(dp)
    .setSubject(dp)
    .setAudience(DP_TOKEN_AUDIENCE)
    .setIssuedAt(issued)
    .setExpirationTime(issued + Math.min(lifetime, DP_TOKEN_MAX_LIFETIME))
    .setJti(randomUUID())
    .sign(privateKey);
}

/**
 * The DP a token says it is from, **unverified**: only good for looking up the key that verifies it.
 *
 * @returns `null` when it is not a JWT or names nobody
 */
export function claimedDp(token: string): string | null {
  try {
    const { sub } = decodeJwt(token);
    return typeof sub === 'string' && sub !== '' ? sub : null;
  } catch {
    return null;
  }
}

/**
 * Verifies a DP's token against its enrolled key (security design, "DPs"): EdDSA and nothing else, `iss` = `sub`,
 * `aud`, `iat`, `exp` and `jti` present, `exp` at most five minutes ahead, 60 s of clock difference forgiven.
 */
export async function verifyDpToken(token: string, publicKey: KeyObject, now: Date): Promise<DpTokenVerdict> {
  // jose takes the key as given; an X25519 or RSA key here would be a mistake of ours, never the sender's choice
  if (publicKey.type !== 'public' || publicKey.asymmetricKeyType !== 'ed25519') {
    throw new TypeError('a DP token is verified with an Ed25519 public key');
  }
  try {
    const { payload } = await jwtVerify(token, publicKey, {
      algorithms: ['EdDSA'],
      audience: DP_TOKEN_AUDIENCE,
      clockTolerance: DP_TOKEN_SKEW,
      currentDate: now,
      requiredClaims: ['iss', 'sub', 'aud', 'iat', 'exp', 'jti'],
    });
    const { iss, sub, aud, iat, exp, jti } = payload;
    if (typeof iss !== 'string' || iss === '' || iss !== sub || aud !== DP_TOKEN_AUDIENCE)
      return fault('claims');
    if (typeof jti !== 'string' || jti === '' || jti.length > 128) return fault('claims');
    if (iat === undefined || exp === undefined || exp < iat) return fault('claims');
    const seconds = now.getTime() / 1000;
    if (iat > seconds + DP_TOKEN_SKEW) return fault('early', iat - seconds);
    if (exp > seconds + DP_TOKEN_MAX_LIFETIME + DP_TOKEN_SKEW || exp - iat > DP_TOKEN_MAX_LIFETIME) {
      return fault('too-long');
    }
    return {
      ok: true,
      token: { dp: iss, jti, issuedAt: new Date(iat * 1000), expiresAt: new Date(exp * 1000) },
    };
  } catch (error) {
    // jose looks at the times only of a token whose signature is good
    if (error instanceof errors.JWTExpired)
      return fault('expired', Number(error.payload.iat) - now.getTime() / 1000);
    if (error instanceof errors.JWTClaimValidationFailed) return fault('claims');
    if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JOSEAlgNotAllowed) {
      return fault('signature');
    }
    if (error instanceof errors.JOSEError) return fault('malformed');
    throw error;
  }
}

function fault(reason: DpTokenFault, clockOff?: number): DpTokenVerdict {
  return {
    ok: false,
    fault: reason,
    ...(clockOff !== undefined && Number.isFinite(clockOff) ? { clockOff: Math.round(clockOff) } : {}),
  };
}
