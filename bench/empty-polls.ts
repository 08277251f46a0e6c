import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import autocannon from 'autocannon';
import type { ForeignDp } from '../e2e/support/foreign-dp.ts';
import { cpuSecondsOf, say, share, type Program } from './programs.ts';

const CONNECTIONS = 50;
/** The two take turns, so that both meet what else the machine does. */
const ROUNDS = 4;
const SECONDS = 3;
const BODY = JSON.stringify({ poll: 'bench', max: 10, wait: 0, running: [] });

interface Reached {
  polls: number;
  seconds: number;
  /** Processor time, in seconds. */
  cpu: number;
}

/** Says how many empty polls the gateway answers, and how many a bare Fastify route with the same body and answer. */
export async function emptyPolls(gateway: Program, dps: readonly ForeignDp[]): Promise<void> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'bare-route.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [address] = (await once(child.stdout, 'data')) as [Buffer];
    const bare = { url: String(address).trim(), pid: child.pid ?? 0 };
    const own = { url: gateway.url, pid: gateway.child.pid ?? 0 };
    // what is compiled at the first calls is not measured
    for (const { url } of [bare, own]) await load(url, dps);
    const reached = { bare: nothing(), own: nothing() };
    for (let round = 0; round < ROUNDS; round += 1) {
      await measure(bare, dps, reached.bare);
      await measure(own, dps, reached.own);
    }
    const rate = ({ polls, seconds }: Reached): number => polls / seconds;
    const cost = ({ polls, cpu }: Reached): number => (cpu / polls) * 1e6;
    say(
      `empty polls: ${Math.round(rate(reached.own))}/s, bare Fastify route ${Math.round(rate(reached.bare))}/s, ` +
        `${share(rate(reached.own) / rate(reached.bare))} of it`,
    );
    say(
      `CPU of an empty poll: gateway ${Math.round(cost(reached.own))} µs, bare route ${Math.round(cost(reached.bare))} µs, ` +
        `${share(cost(reached.bare) / cost(reached.own))} of it`,
    );
  } finally {
    child.kill();
  }
}

const nothing = (): Reached => ({ polls: 0, seconds: 0, cpu: 0 });

async function measure(
  { url, pid }: { url: string; pid: number },
  dps: readonly ForeignDp[],
  sum: Reached,
): Promise<void> {
  const before = cpuSecondsOf(pid);
  const { polls, seconds } = await load(url, dps);
  sum.polls += polls;
  sum.seconds += seconds;
  sum.cpu += cpuSecondsOf(pid) - before;
}

async function load(url: string, dps: readonly ForeignDp[]): Promise<{ polls: number; seconds: number }> {
  const requests = dps.map((dp) => ({
    method: 'POST' as const,
    path: '/dp/v1/poll',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${dp.bearer()}` },
    body: BODY,
  }));
  let clients = 0;
  const result = await autocannon({
    url,
    connections: CONNECTIONS,
    duration: SECONDS,
    // Each connection begins with a DP of its own: polls of one DP at the same time would end each other
    setupClient: (client) => {
      const first = (clients++ * Math.ceil(requests.length / CONNECTIONS)) % requests.length;
      client.setRequests([...requests.slice(first), ...requests.slice(0, first)]);
    },
  });
  if (result.non2xx > 0) throw new Error(`${url}: ${result.non2xx} answers were no success`);
  return { polls: result['2xx'], seconds: result.duration };
}
