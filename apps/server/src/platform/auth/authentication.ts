import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { type Caller, DomainError } from '#domain';
import { ApiTokenRepository } from '#persistence';
import { bearerToken } from '#http';
import { sha256 } from '#sealing';
import { SERVER_ENV, type ServerEnv } from '../config/server-env.js';
import { SESSION_COOKIE, Sessions } from './sessions.js';

/** API tokens are recognisable, so that scanners find one that leaked. */
export const API_TOKEN_PREFIX = 'rlp_';
/** How often the last use of a token is noted. */
const NOTE_USE_EVERY_MS = 60_000;

/** Finds out who sends a request: by API token, else by the console's session cookie. */
@Injectable()
export class Authentication {
  constructor(
    private readonly tokens: ApiTokenRepository,
    private readonly sessions: Sessions,
    @Inject(SERVER_ENV) private readonly env: ServerEnv,
  ) {}

  /** @throws DomainError UNAUTHENTICATED; FORBIDDEN for a cookie that another site made the browser send */
  async callerOf(request: FastifyRequest): Promise<Caller> {
    const { authorization } = request.headers;
    if (authorization !== undefined) return this.callerOfToken(authorization, request.ip);
    const cookie = request.cookies[SESSION_COOKIE];
    if (cookie === undefined) throw new DomainError('UNAUTHENTICATED', 'access.logIn');
    const caller = await this.sessions.callerOf(cookie, request.ip, new Date());
    if (!caller) throw new DomainError('UNAUTHENTICATED', 'access.sessionEnded');
    refuseForeignSite(request, new URL(this.env.PUBLIC_URL).origin);
    return caller;
  }

  private async callerOfToken(authorization: string, address: string): Promise<Caller> {
    const token = bearerToken(authorization);
    const now = new Date();
    const known = token?.startsWith(API_TOKEN_PREFIX) ? await this.tokens.findByHash(sha256(token)) : null;
    if (!known || (known.expiresAt && known.expiresAt <= now)) {
      throw new DomainError('UNAUTHENTICATED', 'access.tokenInvalid');
    }
    if (!known.lastUsedAt || now.getTime() - known.lastUsedAt.getTime() > NOTE_USE_EVERY_MS) {
      await this.tokens.noteUse(known.id, now);
    }
    return { id: `token:${known.id}`, name: known.label, role: known.role, tenants: known.tenants, address };
  }
}

const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/**
 * A browser sends the cookie with whatever a page makes it send. SameSite=Strict keeps other sites out already; this
 * asks for a second sign: a header that no other site may set, or an origin that is ours.
 */
function refuseForeignSite(request: FastifyRequest, own: string): void {
  if (SAFE_METHODS.includes(request.method)) return;
  const { origin, host, 'x-requested-with': custom, 'sec-fetch-site': site } = request.headers;
  if (custom !== undefined || site === 'same-origin') return;
  if (origin !== undefined && (origin === own || hostOf(origin) === host)) return;
  throw new DomainError('FORBIDDEN', 'access.csrfHeader');
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null;
}
