import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { End } from '../../bench/simulator/journal.js';
import { SimulatedDp, type Work } from '../../bench/simulator/simulated-dp.js';
import type { ForeignDp, ForeignOrder } from './foreign-dp.js';

/** What was done to a computer of a site. */
interface Computer {
  installations: number;
  /** Attempts at it that failed. */
  failures: number;
}

/** Milliseconds between two contacts of a client; in an installation it is a quarter of an hour. */
const CONTACT_MS = 1_000;

/**
 * A site whose DP and computers go on whatever becomes of the servers: clients register once, keep what they were given,
 * and are heard of again and again. Installing twice is counted.
 */
export class DrillSite {
  readonly dp: SimulatedDp;
  readonly computers = new Map<string, Computer>();
  private readonly stopping = new AbortController();

  constructor(
    wire: ForeignDp,
    private readonly seconds: { least: number; most: number },
    /** Computers at which the first attempt fails. */
    private readonly failing: ReadonlySet<string> = new Set(),
  ) {
    this.dp = new SimulatedDp(wire, {
      wait: 5,
      capacity: 5,
      isRestored: true,
      agent: { version: '1.0', os: 'linux', hostname: wire.id },
      work: (order, work) => this.install(order, work),
    });
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.dp.stop();
  }

  private async install(order: ForeignOrder, { stop, tell }: Work): Promise<End> {
    const computer = this.computerOf(order);
    const accounts = [{ account: order.accounts[0]?.account ?? 'local', result: 'OK' }];
    tell('check', { accounts });
    // as the protocol asks for: a client that is there is not installed again
    if (computer.installations > 0) return { state: 'succeeded', result: 'ALREADY_INSTALLED', accounts };
    const { least, most } = this.seconds;
    const isStopped = await pause((least + Math.random() * (most - least)) * 1000, false, {
      signal: stop,
    }).catch(() => true);
    if (isStopped) return { state: 'cancelled' };
    if (this.failing.has(order.computer.name) && computer.failures === 0) {
      computer.failures += 1;
      return { state: 'failed', phase: 'stage', failure: { code: 'COPY_FAILED' } };
    }
    computer.installations += 1;
    const { registration, release } = order;
    const version = release?.version ?? '1';
    if (registration)
      void liveAsClient({ name: order.computer.name, version, registration }, this.stopping.signal);
    return { state: 'succeeded', result: 'OK', accounts };
  }

  private computerOf({ computer: { name } }: ForeignOrder): Computer {
    const known = this.computers.get(name) ?? { installations: 0, failures: 0 };
    this.computers.set(name, known);
    return known;
  }
}

/** What a client is left with by its installation. */
export interface DrillClient {
  name: string;
  version: string;
  registration: { url: string; token: string };
}

/** The client of a computer: registers once, keeps what it was given, and shows itself now and then. */
export async function liveAsClient(
  { name, version, registration }: DrillClient,
  stop: AbortSignal,
): Promise<void> {
  const said = { version, bootId: randomUUID(), restartRequired: false, location: { addresses: [] } };
  const { url, token } = registration;
  let secret: string | null = null;
  while (!stop.aborted) {
    if (secret === null) {
      const body = await post(url, { ...said, token, name, os: 'Debian GNU/Linux 12' });
      if (typeof body['secret'] === 'string') secret = body['secret'];
    } else {
      await post(url.replace(/register$/, 'contact'), said, { authorization: `Bearer ${secret}` });
    }
    await pause(CONTACT_MS, undefined, { signal: stop }).catch(() => undefined);
  }
}

async function post(
  url: string,
  body: object,
  headers: Record<string, string> = {},
): Promise<Record<string, unknown>> {
  const wish = {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  };
  try {
    return (await (await fetch(url, wish)).json()) as Record<string, unknown>;
  } catch {
    return {};
  }
}
