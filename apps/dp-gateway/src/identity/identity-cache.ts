import type { KeyObject } from 'node:crypto';
import type { IdentityAnswer } from '#contract';

/** What the gateway knows of a DP, with its key ready for use; of a pair, what it knows of one of the two machines. */
export interface DpIdentity extends Omit<IdentityAnswer, 'machines'> {
  readonly key: KeyObject;
  /** Which of two machines; absent: the DP has one. */
  readonly machine?: string;
  /** It gets no orders, because the other machine can do more. */
  readonly isIdle?: boolean;
  /** The DP's other machine. */
  readonly other?: DpIdentity;
}

/** What a caller is told apart by. */
export function callerKey({ dp, machine }: { dp: string; machine?: string | undefined }): string {
  return machine === undefined ? dp : `${dp} ${machine}`;
}

export interface IdentityCacheLimits {
  /** Milliseconds an identity is trusted at most while changes are being heard: a server may die before it tells of one. */
  readonly life: number;
  /** Milliseconds it is trusted while they are not: a change may have been missed. */
  readonly lifeUnheard: number;
  /** Milliseconds "no such DP" is trusted. */
  readonly negativeTtl: number;
  readonly maxEntries: number;
}

export const IDENTITY_CACHE_LIMITS: IdentityCacheLimits = {
  life: 5 * 60_000,
  lifeUnheard: 500,
  negativeTtl: 1_500,
  maxEntries: 50_000,
};

/** By how much a life may be shorter, so that those that were learned together are not asked for together again. */
const SPREAD = 0.25;

interface Entry {
  identity: DpIdentity | null;
  at: number;
  /** Share of its life. */
  share: number;
}

/**
 * Identities of DPs, so that polls cost no call to the server. An identity is dropped as soon as the server says that it
 * changed; what is being fetched at that moment is handed to those who wait for it, but not kept. Orders and files are
 * handed out by the server, which looks at the DP anew: an identity that is too old lets a DP ask, and gives it nothing.
 */
export class IdentityCache {
  private readonly entries = new Map<string, Entry>();
  private readonly inFlight = new Map<string, Promise<DpIdentity | null>>();
  private heard = false;

  constructor(
    private readonly fetch: (dp: string) => Promise<DpIdentity | null>,
    private readonly clock: () => number = () => performance.now(),
    private readonly limits: IdentityCacheLimits = IDENTITY_CACHE_LIMITS,
    private readonly chance: () => number = Math.random,
  ) {}

  /** The identity of a DP; null when there is no such DP. Calls that miss at the same time share one fetch. */
  get(dp: string): DpIdentity | null | Promise<DpIdentity | null> {
    const entry = this.entries.get(dp);
    if (entry && this.clock() - entry.at < this.lifeOf(entry)) return entry.identity;
    return this.inFlight.get(dp) ?? this.load(dp);
  }

  /** Forgets a DP: it changed. */
  drop(dp: string): void {
    this.entries.delete(dp);
    this.inFlight.delete(dp);
  }

  /** Changes are heard from now on. Those before may have been missed, so everything is forgotten. */
  startListening(): void {
    this.heard = true;
    this.entries.clear();
    this.inFlight.clear();
  }

  stopListening(): void {
    this.heard = false;
  }

  get size(): number {
    return this.entries.size;
  }

  private load(dp: string): Promise<DpIdentity | null> {
    const loading = this.fetch(dp).then(
      (identity) => {
        if (this.inFlight.get(dp) === loading) {
          this.inFlight.delete(dp);
          this.keep(dp, identity);
        }
        return identity;
      },
      (error: unknown) => {
        if (this.inFlight.get(dp) === loading) this.inFlight.delete(dp);
        throw error;
      },
    );
    this.inFlight.set(dp, loading);
    return loading;
  }

  private keep(dp: string, identity: DpIdentity | null): void {
    this.entries.delete(dp);
    if (this.entries.size >= this.limits.maxEntries) {
      const [oldest] = this.entries.keys();
      if (oldest !== undefined) this.entries.delete(oldest);
    }
    this.entries.set(dp, { identity, at: this.clock(), share: 1 - SPREAD * this.chance() });
  }

  private lifeOf({ identity, share }: Entry): number {
    const life = identity ? this.limits.life * share : this.limits.negativeTtl;
    return this.heard ? life : Math.min(life, this.limits.lifeUnheard);
  }
}
