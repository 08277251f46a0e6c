import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { ComputerState, FailureCode, OrderState, TenantScope } from '#domain';
import { ChangeSubscriber } from '#messaging';
import { ComputerRepository, OrderRepository } from '#persistence';

/** What the overview counts, as far as somebody may see. */
export interface Counts {
  computers: ReadonlyMap<ComputerState, number>;
  orders: ReadonlyMap<OrderState, number>;
  failures: ReadonlyMap<FailureCode, number>;
}

interface Kept {
  since: number;
  counts: Promise<Counts>;
}

/** For a change that nobody was told of. */
const MOST_AGE_MS = 10_000;

/**
 * Counts are kept until something changes that they count: many consoles show them, and with a hundred thousand computers
 * counting is what the overview costs. Who asks while they are counted waits for the same answer.
 */
@Injectable()
export class OverviewCounts implements OnApplicationBootstrap {
  private readonly kept = new Map<string, Kept>();
  private hears = false;

  constructor(
    private readonly changes: ChangeSubscriber,
    private readonly computers: ComputerRepository,
    private readonly orders: OrderRepository,
  ) {}

  onApplicationBootstrap(): void {
    const forget = (hears: boolean): void => {
      this.hears = hears;
      this.kept.clear();
    };
    this.changes.subscribe({
      keys: ['computer.*', 'order.*'],
      onEvent: () => this.kept.clear(),
      onLive: () => forget(true),
      onDown: () => forget(false),
    });
  }

  of(scope: TenantScope): Promise<Counts> {
    if (!this.hears) return this.count(scope);
    const key = scope === 'all' ? '*' : scope.toSorted().join(' ');
    const kept = this.kept.get(key);
    if (kept && Date.now() - kept.since < MOST_AGE_MS) return kept.counts;
    const counts = this.count(scope);
    this.kept.set(key, { since: Date.now(), counts });
    counts.catch(() => this.kept.delete(key));
    return counts;
  }

  private async count(scope: TenantScope): Promise<Counts> {
    const [computers, orders, failures] = await Promise.all([
      this.computers.countsByState(scope),
      this.orders.countsByState(scope),
      this.orders.failuresByCode(scope),
    ]);
    return { computers, orders, failures };
  }
}
