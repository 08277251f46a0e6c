import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { type IdentityAnswer, RPC } from '#contract';
import { DomainError } from '#domain';
import { ChangeSubscriber } from '#messaging';
import { publicKeyFromText } from '#sealing';
import { IdentityCache, type DpIdentity } from './identity-cache.js';
import { ServerCalls } from '../server-calls/server-calls.js';

/** Who the DPs are, as the server has them; kept for a while and dropped as soon as the server says that one changed. */
@Injectable()
export class Identities implements OnApplicationBootstrap {
  private readonly cache = new IdentityCache((dp) => this.fetch(dp));
  private onChanged: (dp: string | null) => void = () => undefined;

  constructor(
    private readonly server: ServerCalls,
    private readonly changes: ChangeSubscriber,
  ) {}

  /** Calls `listener` once what is known of a DP, or of all of them, no longer holds (null). */
  whenChanged(listener: (dp: string | null) => void): void {
    this.onChanged = listener;
  }

  onApplicationBootstrap(): void {
    this.changes.subscribe({
      keys: ['dp.*', 'keys.*'],
      onEvent: ({ id }) => {
        this.cache.drop(id);
        this.onChanged(id);
      },
      onLive: () => {
        this.cache.startListening();
        this.onChanged(null);
      },
      onDown: () => this.cache.stopListening(),
    });
  }

  /** Null: there is no such DP. */
  get(dp: string): DpIdentity | null | Promise<DpIdentity | null> {
    return this.cache.get(dp);
  }

  /** A caller as it is known now; null: there is no such DP, or no such machine of it any more. */
  async current({ dp, signingKey, machine }: DpIdentity): Promise<DpIdentity | null> {
    const now = await this.get(dp);
    const same = machinesOf(now).find((one) => one.signingKey === signingKey);
    // who is the only one may have got new keys since
    return same ?? (machine === undefined && !now?.other ? now : null);
  }

  private async fetch(dp: string): Promise<DpIdentity | null> {
    try {
      return identityOf(await this.server.call(RPC.identity, { dp }));
    } catch (error) {
      if (error instanceof DomainError && error.code === 'NOT_FOUND') return null;
      throw error;
    }
  }
}

/** The identities of which one is the caller's. */
export function machinesOf(identity: DpIdentity | null): DpIdentity[] {
  return identity ? [identity, ...(identity.other ? [identity.other] : [])] : [];
}

function identityOf({ machines = [], ...only }: IdentityAnswer): DpIdentity | null {
  const known = (machines.length > 0 ? machines.map((one) => ({ ...only, ...one })) : [only]).flatMap(
    (one) => {
      const key = publicKeyFromText('ed25519', one.signingKey);
      return key ? [{ ...one, key }] : [];
    },
  );
  const [first, other] = known;
  return first ? { ...first, ...(other && { other }) } : null;
}
