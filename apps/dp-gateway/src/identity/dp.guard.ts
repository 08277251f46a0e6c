import { createParamDecorator, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { isSlug, DomainError } from '#domain';
import { bearerToken } from '#http';
import { claimedDp, type DpToken } from '#sealing';
import { currentTime } from '#runtime';
import { Clocks } from './clocks.js';
import { DpTokens } from './dp-tokens.js';
import { Identities, machinesOf } from './identities.js';
import type { DpIdentity } from './identity-cache.js';

/** A DP that has shown who it is. */
export interface CallingDp {
  identity: DpIdentity;
  token: DpToken;
}

type DpRequest = FastifyRequest & { callingDp?: CallingDp };

/** Lets a request in that carries a token signed by the DP's enrolled key. */
@Injectable()
export class DpGuard implements CanActivate {
  private readonly tokens = new DpTokens();

  constructor(
    private readonly identities: Identities,
    private readonly clocks: Clocks,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<DpRequest>();
    if (!request.callingDp) await this.admit(request);
    return true;
  }

  /** @throws DomainError UNAUTHENTICATED */
  async admit(request: DpRequest): Promise<void> {
    request.callingDp = await this.callerOf(request.headers.authorization);
  }

  private async callerOf(authorization: string | undefined): Promise<CallingDp> {
    const token = bearerToken(authorization);
    if (token === undefined) throw new DomainError('UNAUTHENTICATED', 'gateway.tokenMissing');
    const dp = this.tokens.dpOf(token) ?? claimedDp(token);
    const known = machinesOf(dp !== null && isSlug(dp) ? await this.identities.get(dp) : null);
    if (known.length === 0) throw new DomainError('UNAUTHENTICATED', 'gateway.tokenInvalid');
    const { verdict, identity } = await this.tokens.verifyAny(token, known, currentTime().getTime());
    if (!verdict.ok || !identity) {
      const { fault, clockOff } = verdict.ok ? { fault: 'signature' } : verdict;
      if (identity && clockOff !== undefined) this.clocks.note(identity, clockOff);
      throw new DomainError('UNAUTHENTICATED', 'gateway.tokenInvalidBecause', { why: fault });
    }
    return { identity, token: verdict.token };
  }
}

export const CurrentDp = createParamDecorator((_: unknown, context: ExecutionContext): CallingDp => {
  const { callingDp } = context.switchToHttp().getRequest<DpRequest>();
  if (!callingDp) throw new DomainError('UNAUTHENTICATED', 'gateway.tokenMissing');
  return callingDp;
});
