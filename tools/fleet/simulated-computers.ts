import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { ForeignOrder } from '../../e2e/support/foreign-dp.ts';
import type { End } from '../../bench/simulator/journal.ts';
import type { Work } from '../../bench/simulator/simulated-dp.ts';
import type { FleetOptions } from './options.ts';

export type Behaviour = Pick<
  FleetOptions,
  'fail' | 'failCodes' | 'off' | 'silent' | 'unregistered' | 'restart' | 'seconds'
>;

/** What has become of the orders so far. */
export interface FleetCounts {
  handedOut: number;
  installed: number;
  failed: number;
  off: number;
  silent: number;
  registered: number;
}

/** Computers that end orders as they are told to, and clients that register for them. */
/** What its installer prints before it fails. */
const OUTPUT = [
  'MSI (s) Executing op: FileCopy(SourceName=relaypoint-client.exe)',
  'MSI (s) CustomAction RegisterService returned actual error code 1603',
  'MSI (s) Product: Relaypoint client -- Installation failed.',
  'MainEngineThread is returning 1603',
].join('\n');

export class SimulatedComputers {
  readonly counts: FleetCounts = { handedOut: 0, installed: 0, failed: 0, off: 0, silent: 0, registered: 0 };
  private readonly behaviour: Behaviour;
  private failures = 0;
  private readonly stopped: AbortSignal;

  constructor(behaviour: Behaviour, stopped: AbortSignal) {
    this.behaviour = behaviour;
    this.stopped = stopped;
  }

  /** The work of one attempt at an order. */
  async work(order: ForeignOrder, { stop, tell }: Work): Promise<End> {
    const { off, silent, fail, failCodes } = this.behaviour;
    this.counts.handedOut += 1;
    if (happens(off)) {
      this.counts.off += 1;
      return { state: 'failed', phase: 'reach', failure: { code: 'HOST_UNREACHABLE' } };
    }
    // logged in: the account is known to work from now on
    const accounts = [{ account: order.accounts[0]?.account ?? 'local', result: 'OK' }];
    tell('auth', { accounts });
    if (happens(silent)) {
      this.counts.silent += 1;
      await pause(2 ** 31 - 1, undefined, { signal: AbortSignal.any([stop, this.stopped]) }).catch(
        () => undefined,
      );
      return { state: 'cancelled' };
    }
    tell('install', { percent: 10 });
    const isStopped = await this.takes(stop);
    if (isStopped) return { state: 'cancelled' };
    if (happens(fail)) {
      const code = failCodes[this.failures % failCodes.length] ?? 'INSTALLER_FAILED';
      this.failures += 1;
      this.counts.failed += 1;
      return {
        state: 'failed',
        phase: 'install',
        log: OUTPUT,
        failure: {
          code,
          native: { system: 'installer', code: '1603', text: 'Fatal error during installation.' },
        },
      };
    }
    this.counts.installed += 1;
    if (!happens(this.behaviour.unregistered)) void this.register(order).catch(() => undefined);
    return { state: 'succeeded', result: 'OK', accounts };
  }

  private async takes(stop: AbortSignal): Promise<boolean> {
    const { seconds } = this.behaviour;
    const milliseconds = seconds * (0.5 + Math.random()) * 1000;
    return pause(milliseconds, false, { signal: AbortSignal.any([stop, this.stopped]) }).catch(() => true);
  }

  /** As the installed client does: once, and again while nobody answers. */
  private async register({ registration, computer, release }: ForeignOrder): Promise<void> {
    if (!registration) return;
    const restartRequired = happens(this.behaviour.restart);
    const said = { os: 'Debian GNU/Linux 12', version: release?.version ?? '1', restartRequired };
    const bootId = randomUUID();
    const body = {
      ...said,
      token: registration.token,
      name: computer.name,
      bootId,
      location: { addresses: [] },
    };
    for (let wait = 1000; !this.stopped.aborted; wait = Math.min(2 * wait, 30_000)) {
      const answer = await post(registration.url, body);
      if (answer.ok) {
        this.counts.registered += 1;
        if (restartRequired)
          await this.restart(registration.url, (await answer.json()) as { secret: string }, said);
        return;
      }
      if (answer.status < 500 && answer.status !== 429 && answer.status !== 0) return;
      await pause(wait, undefined, { signal: this.stopped });
    }
  }

  /** A contact with another boot id shows that it has happened. */
  private async restart(
    url: string,
    { secret }: { secret: string },
    said: { version: string },
  ): Promise<void> {
    await pause(Math.random() * 60_000, undefined, { signal: this.stopped });
    const body = {
      bootId: randomUUID(),
      version: said.version,
      restartRequired: false,
      location: { addresses: [] },
    };
    await post(url.replace(/register$/, 'contact'), body, { authorization: `Bearer ${secret}` });
  }
}

async function post(
  url: string,
  body: object,
  headers: Record<string, string> = {},
): Promise<{ ok: boolean; status: number; json: () => Promise<unknown> }> {
  const wish = {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  };
  return fetch(url, wish).catch(() => ({ ok: false, status: 0, json: () => Promise.resolve({}) }));
}

function happens(percent: number): boolean {
  return Math.random() * 100 < percent;
}
