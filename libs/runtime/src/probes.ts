/** State of one thing a program needs, as /health/ready shows it. */
export interface ProbeResult {
  up: boolean;
  detail?: string;
}

export type Probe = () => ProbeResult | Promise<ProbeResult>;

export interface Readiness {
  status: 'ok' | 'error';
  checks: Record<string, { status: 'up' | 'down'; detail?: string }>;
}

/** A probe that does not answer counts as down after this many milliseconds. */
const PROBE_TIMEOUT_MS = 2_000;

/** Asks all probes at once. */
export async function readiness(probes: Readonly<Record<string, Probe>>): Promise<Readiness> {
  const entries = await Promise.all(
    Object.entries(probes).map(async ([name, probe]) => {
      const { up, detail } = await answerOf(probe);
      return [name, { status: up ? 'up' : 'down', ...(detail === undefined ? {} : { detail }) }] as const;
    }),
  );
  const down = entries.some(([, check]) => check.status === 'down');
  return { status: down ? 'error' : 'ok', checks: Object.fromEntries(entries) };
}

async function answerOf(probe: Probe): Promise<ProbeResult> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<ProbeResult>((resolve) => {
    timer = setTimeout(() => resolve({ up: false, detail: 'no answer' }), PROBE_TIMEOUT_MS);
  });
  try {
    return await Promise.race([Promise.resolve(probe()), late]);
  } catch (error) {
    return { up: false, detail: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}
