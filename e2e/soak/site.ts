import { setTimeout as pause } from 'node:timers/promises';
import type { End } from '../../bench/simulator/journal.js';
import { SimulatedDp, type Work } from '../../bench/simulator/simulated-dp.js';
import { ForeignDp, type ForeignOrder } from '../support/foreign-dp.js';

/** Seconds of work on one order at most. */
const LONGEST_WORK = 8;

/** What a computer does to the one who installs it; which one does what follows from its number. */
export type Mood = 'works' | 'copy fails once' | 'disk is full';

export function moodOf(computer: string): Mood {
  const number = Number(/\d+$/.exec(computer)?.[0] ?? 0);
  if (number % 10 === 3) return 'copy fails once';
  return number % 20 === 7 ? 'disk is full' : 'works';
}

/** A DP at its site, and every execution of an order there. */
export class Site {
  readonly dp: SimulatedDp;
  /** Executions by order and attempt. */
  readonly executed = new Map<string, number>();
  private readonly copied = new Set<string>();

  constructor(
    readonly id: string,
    readonly wire: ForeignDp,
  ) {
    this.dp = new SimulatedDp(wire, {
      wait: 20,
      capacity: 10,
      agent: { version: '1.0', os: 'test', hostname: id },
      work: (order, work) => this.execute(order, work),
    });
  }

  private async execute(order: ForeignOrder, { stop, tell }: Work): Promise<End> {
    const key = `${order.order}/${order.attempt}`;
    this.executed.set(key, (this.executed.get(key) ?? 0) + 1);
    const part = (Math.random() * LONGEST_WORK * 1000) / 2;
    const account = order.accounts[0]?.account ?? 'local';
    const accounts = [{ account, result: 'OK' }];
    try {
      tell('stage', { accounts });
      await pause(part, undefined, { signal: stop });
      const end = this.endOf(order);
      if (end) return end;
      tell('install');
      await pause(part, undefined, { signal: stop });
      return { state: 'succeeded', result: 'OK', accounts };
    } catch {
      return { state: 'cancelled' };
    }
  }

  private endOf({ computer }: ForeignOrder): End | null {
    const mood = moodOf(computer.name);
    if (mood === 'disk is full') return { state: 'failed', phase: 'stage', failure: { code: 'DISK_FULL' } };
    if (mood === 'works' || this.copied.has(computer.name)) return null;
    this.copied.add(computer.name);
    return { state: 'failed', phase: 'stage', failure: { code: 'COPY_FAILED' } };
  }
}
