import { createParamDecorator, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { isSlug, DomainError } from '#domain';
import { claimedDp, type DpToken } from '#sealing';
import { DpTokens } from './dp-tokens.js';
import { Identities } from './identities.js';
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

  constructor(private readonly identities: Identities) {}

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
    const token = /^Bearer ([\w.-]{1,2000})$/.exec(authorization ?? '')?.[1];
    if (token === undefined)
      throw new DomainError('UNAUTHENTICATED', 'The token of the distribution point is missing.');
    const dp = this.tokens.dpOf(token) ?? claimedDp(token);
    const identity = dp !== null && isSlug(dp) ? await this.identities.get(dp) : null;
    if (!identity) throw new DomainError('UNAUTHENTICATED', 'The token is not valid.');
    const verdict = await this.tokens.verify(token, identity, Date.now());
    if (!verdict.ok) throw new DomainError('UNAUTHENTICATED', `The token is not valid (${verdict.fault}).`);
    return { identity, token: verdict.token };
  }
}

export const CurrentDp = createParamDecorator((_: unknown, context: ExecutionContext): CallingDp => {
  const { callingDp } = context.switchToHttp().getRequest<DpRequest>();
  if (!callingDp) throw new DomainError('UNAUTHENTICATED', 'The token of the distribution point is missing.');
  return callingDp;
});
