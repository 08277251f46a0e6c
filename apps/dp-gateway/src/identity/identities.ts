import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { RPC, type IdentityAnswer } from '#contract';
import { DomainError } from '#domain';
import { ChangeSubscriber, QUEUES, RpcClient } from '#messaging';
import { publicKeyFromText } from '#sealing';
import { OpenPolls } from '../polls/open-polls.js';
import { IdentityCache, type DpIdentity } from './identity-cache.js';

/** Who the DPs are, as the server has them; kept for a while and dropped as soon as the server says that one changed. */
@Injectable()
export class Identities implements OnApplicationBootstrap {
  private readonly cache = new IdentityCache((dp) => this.fetch(dp));

  constructor(
    private readonly rpc: RpcClient,
    private readonly changes: ChangeSubscriber,
    private readonly polls: OpenPolls,
  ) {}

  onApplicationBootstrap(): void {
    this.changes.subscribe({
      keys: ['dp.*', 'keys.*'],
      onEvent: ({ id }) => {
        this.cache.drop(id);
        this.polls.changed(id);
      },
      onLive: () => {
        this.cache.startHearing();
        this.polls.allChanged();
      },
      onDown: () => this.cache.stopHearing(),
    });
  }

  /** Null: there is no such DP. */
  get(dp: string): DpIdentity | null | Promise<DpIdentity | null> {
    return this.cache.get(dp);
  }

  private async fetch(dp: string): Promise<DpIdentity | null> {
    try {
      const answer = await this.rpc.call<IdentityAnswer>(QUEUES.rpc, RPC.identity, { dp });
      const key = publicKeyFromText('ed25519', answer.signingKey);
      return key && { ...answer, key };
    } catch (error) {
      if (error instanceof DomainError && error.code === 'NOT_FOUND') return null;
      throw error;
    }
  }
}
