import { z } from 'zod';
import type { Finding } from './finding.js';
import { findingsIn } from './measure-rules.js';
import { samplesOf } from './measures.js';

/** A program that is asked how it is. */
export interface Asked {
  /** `server`, `gateway` or `importer`. */
  program: string;
  /** Base URL. */
  url: string;
}

const readiness = z.object({
  checks: z.record(z.string(), z.object({ status: z.string(), detail: z.string().optional() })),
});

/** A program that is asked has so long; its own looks at database and broker take two seconds at most. */
const ANSWER_MS = 5_000;

/** What to do without it. */
const PAGES: Readonly<Record<string, string>> = {
  database: 'docs/runbooks/RelaypointDatabaseAway.md',
  broker: 'docs/runbooks/RelaypointBrokerAway.md',
};

/** Whether a program can work, and what it says it cannot work without. */
export async function checkProgram({ program, url }: Asked, signal: AbortSignal): Promise<Finding[]> {
  const answer = await ask(`${url}/health/ready`, {}, signal);
  const down = 'docs/runbooks/RelaypointProgramDown.md';
  if ('fault' in answer)
    return [{ where: program, what: `does not answer at ${url}: ${answer.fault}`, todo: down }];
  const parsed = readiness.safeParse(answer.body);
  if (!parsed.success)
    return [{ where: program, what: `what answers at ${url} is no program of Relaypoint`, todo: down }];
  return Object.entries(parsed.data.checks)
    .filter(([, { status }]) => status !== 'up')
    .map(([name, { detail }]) => ({
      where: program,
      what: `cannot use its ${name}${detail === undefined ? '' : `: ${detail}`}`,
      todo: PAGES[name] ?? down,
    }));
}

/** What a server's measures tell of the installation; nothing when it does not answer, which is told elsewhere. */
export async function checkMeasures(
  url: string,
  token: string | undefined,
  signal: AbortSignal,
): Promise<Finding[]> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const answer = await ask(`${url}/metrics`, headers, signal);
  if ('fault' in answer) return [];
  if (answer.status === 401)
    return [
      {
        where: 'server',
        what: 'does not show its measures',
        todo: 'set METRICS_TOKEN as for the server, or ask it on its own machine',
      },
    ];
  return findingsIn(samplesOf(typeof answer.body === 'string' ? answer.body : ''));
}

async function ask(
  url: string,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<{ status: number; body: unknown } | { fault: string }> {
  try {
    const response = await fetch(url, {
      headers,
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json');
    return { status: response.status, body: isJson ? (JSON.parse(text) as unknown) : text };
  } catch (error) {
    signal.throwIfAborted();
    return { fault: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  const { cause, message } = error as { cause?: { code?: string; message?: string }; message?: string };
  return cause?.code ?? cause?.message ?? message ?? String(error);
}
