import { randomBytes } from 'node:crypto';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { ChangeEvent } from '#contract';
import { inScope, type TenantId, type TenantScope } from '#domain';
import { ChangeSubscriber } from '#messaging';
import { EventItems, type ShownTopic } from './event-items.js';
import type { InLanguage } from '../../platform/http/request-language.js';

/** Changes of one thing within this time are told once. */
const COALESCE_MS = 200;
/** Events remembered, so that a console that lost its connection for a moment misses none. */
const REPLAY_SIZE = 5_000;
/** A listener that has been away for longer is not expected back. */
const FORGET_AFTER_MS = 10 * 60_000;
/** Things of one topic that changed together; beyond it, everybody is told to load anew. */
const MOST_AT_ONCE = 500;

/** One event as the console hears it. */
export interface HeardEvent {
  id: string;
  /** `reload`: more changed than can be told; load the lists again. */
  topic: ShownTopic | 'reload';
  /** Null: belongs to no single tenant. */
  tenant: TenantId | null;
  data: InLanguage<unknown>;
  /** Instead of `data` for those who do not see every tenant. */
  shared?: InLanguage<unknown>;
}

type Listener = (event: HeardEvent) => void;

/**
 * What changed anywhere, for the consoles: coalesced, with the list item as it stands now, numbered, and kept for a
 * while. Each server hears all changes by itself; a number says which server's counting it belongs to.
 */
@Injectable()
export class EventHub implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly log = new Logger(EventHub.name);
  /** Names this server's counting; another one when it has forgotten. */
  private run = newRun();
  private readonly listeners = new Set<Listener>();
  private readonly pending = new Map<string, ChangeEvent>();
  private ring: HeardEvent[] = [];
  private count = 0;
  /** When somebody listened last; null: nobody is expected back. */
  private listenedAt: number | null = null;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly changes: ChangeSubscriber,
    private readonly items: EventItems,
  ) {}

  onApplicationBootstrap(): void {
    let wasLive = false;
    this.changes.subscribe({
      keys: ['computer.*', 'order.*', 'dp.*', 'import.*', 'brake.*', 'rollout.*'],
      onEvent: (event) => this.noted(event),
      onLive: () => {
        // Something may have changed unheard
        if (wasLive) this.tell({ topic: 'reload', tenant: null, data: () => ({}) });
        wasLive = true;
      },
    });
  }

  onApplicationShutdown(): void {
    clearTimeout(this.timer);
  }

  /**
   * @param lastEventId of the last event the listener heard
   * @returns what it missed, and how to stop listening; null instead of events when nobody knows any more
   */
  listen(
    scope: TenantScope,
    lastEventId: string | undefined,
    listener: Listener,
  ): { missed: HeardEvent[] | null; stop: () => void } {
    const scoped: Listener = (event) => {
      if (isSeen(scope, event)) listener(asSeen(scope, event));
    };
    this.listeners.add(scoped);
    this.listenedAt = Date.now();
    const missed = this.missedSince(lastEventId)?.filter((event) => isSeen(scope, event)) ?? null;
    const seen = missed?.map((event) => asSeen(scope, event)) ?? null;
    return { missed: seen, stop: () => this.listeners.delete(scoped) };
  }

  /** Number of the newest event: from here on a new listener hears all. */
  get newest(): string {
    return `${this.run}-${this.count}`;
  }

  private missedSince(lastEventId: string | undefined): HeardEvent[] | null {
    if (lastEventId === undefined) return [];
    const [run, number] = lastEventId.split('-');
    const last = Number(number);
    const oldest = this.count - this.ring.length;
    if (run !== this.run || !Number.isInteger(last) || last < oldest || last > this.count) return null;
    return this.ring.slice(last - oldest);
  }

  private noted(event: ChangeEvent): void {
    this.pending.set(`${event.topic}.${event.id}`, event);
    this.timer ??= setTimeout(() => void this.flush(), COALESCE_MS);
  }

  private async flush(): Promise<void> {
    const events = [...this.pending.values()];
    this.pending.clear();
    this.timer = undefined;
    if (!this.isExpected()) return;
    try {
      for (const [topic, changed] of Map.groupBy(events, (event) => event.topic)) {
        if (topic === 'keys') continue;
        if (changed.length > MOST_AT_ONCE) this.tell({ topic: 'reload', tenant: null, data: () => ({}) });
        else for (const item of await this.items.of(topic, changed)) this.tell(item);
      }
    } catch (error) {
      this.log.warn({ err: error }, 'changes could not be looked up');
      this.tell({ topic: 'reload', tenant: null, data: () => ({}) });
    }
  }

  /** Whether anybody listens, or may come back and ask what it missed. */
  private isExpected(): boolean {
    const now = Date.now();
    if (this.listeners.size > 0) this.listenedAt = now;
    if (this.listenedAt === null) return false;
    if (now - this.listenedAt <= FORGET_AFTER_MS) return true;
    this.listenedAt = null;
    this.ring = [];
    this.count = 0;
    this.run = newRun();
    return false;
  }

  private tell(event: Omit<HeardEvent, 'id'>): void {
    this.count += 1;
    const heard = { ...event, id: this.newest };
    this.ring.push(heard);
    if (this.ring.length > 2 * REPLAY_SIZE) this.ring = this.ring.slice(-REPLAY_SIZE);
    for (const listener of this.listeners) listener(heard);
  }
}

function newRun(): string {
  return randomBytes(6).toString('hex');
}

function asSeen(scope: TenantScope, { shared, ...event }: HeardEvent): HeardEvent {
  return scope === 'all' || shared === undefined ? event : { ...event, data: shared };
}

function isSeen(scope: TenantScope, { tenant }: HeardEvent): boolean {
  return tenant === null || inScope(scope, tenant);
}
