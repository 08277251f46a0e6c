import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { startFleet, type Fleet } from '../fleet/fleet.ts';
import type { AdminApi } from './admin-api.ts';

const COMPUTERS = 200;
const SITES = 4;
/** Percent of the installations that the bad version fails at. */
const FAIL = 40;
/** Seconds of an installation. */
const SECONDS = 3;
const LOOK_EVERY_MS = 500;
/** Looks at a paused rollout without a change until all is in that was handed out. What waits for its turn stays under way. */
const LOOKS_UNTIL_SETTLED = ((SECONDS + 2) * 1000) / LOOK_EVERY_MS;

/** What the demo of a rollout needs to know. It talks to the server by the public admin API alone. */
export interface RolloutDemoOptions {
  readonly api: AdminApi;
  readonly serverUrl: string;
  readonly token: string;
  readonly consoleUrl: string;
  /** Where the report is written to. */
  readonly report: string;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Simulated sites at work. */
export interface RunningDemo {
  readonly stop: () => Promise<void>;
}

interface Rollout {
  readonly id: string;
  readonly state: string;
  readonly size: number;
  readonly wave: number;
  readonly waves: readonly { readonly size: number }[];
  readonly counts: Readonly<Record<'waiting' | 'underWay' | 'good' | 'bad' | 'absent' | 'skipped', number>>;
  readonly cause: { readonly text: string } | null;
  readonly causes: readonly {
    readonly code: string;
    readonly count: number;
    readonly output: string | null;
    readonly hint: { readonly en: string };
  }[];
}

/**
 * Rolls a bad client version out to two hundred simulated computers, tells how the rollout stops, and goes on telling
 * what becomes of it by what people do in the console.
 */
export async function beginRolloutDemo(options: RolloutDemoOptions): Promise<RunningDemo> {
  const { api, consoleUrl, say } = options;
  const prefix = await freePrefix(api);
  say(`a rollout: ${COMPUTERS} simulated computers at ${SITES} sites get a version that fails on ${FAIL} %`);
  const fleet = await startFleet(
    {
      server: options.serverUrl,
      token: options.token,
      prefix,
      version: `${prefix}-bad`,
      dps: SITES,
      computers: COMPUTERS,
      fail: FAIL,
      failCodes: ['INSTALLER_FAILED'],
      off: 0,
      silent: 0,
      unregistered: 0,
      restart: 0,
      seconds: SECONDS,
      capacity: 10,
      restarts: 0,
      for: 0,
    },
    () => undefined,
  );
  say(`${SITES} distribution points have joined, ${COMPUTERS} computers are imported`);
  const { id } = await api.post<{ id: string }>('/rollouts', {
    name: `Demo: ${prefix}-bad`,
    release: `${prefix}-bad`,
    filter: { import: fleet.import },
    waves: [{ percent: 5 }, { percent: 20 }],
    proof: { settle: 0 },
    stops: [{ share: 10, minimum: 5 }],
  });
  say(`it begins with 5 % of them, then 20 %, then all others, and stops itself at 10 % failures`);
  say(`watch it: ${consoleUrl.replace(/\/$/, '')}/rollouts/${id}`);
  const told = tell(options, fleet, id).catch((error: unknown) => {
    if (!options.signal.aborted)
      say(
        `the rollout cannot be looked at any more: ${error instanceof Error ? error.message : String(error)}`,
      );
  });
  return {
    stop: async () => {
      await told;
      await fleet.stop();
    },
  };
}

/** Simulated sites of an earlier demo are gone for good: these get names of their own. */
async function freePrefix(api: AdminApi): Promise<string> {
  for (let number = 1; ; number += 1) {
    const prefix = `demo-${number}`;
    if ((await api.find(`/distribution-points/${prefix}-1`)) === undefined) return prefix;
  }
}

/** Says what happens, until the start is stopped. */
async function tell(
  { api, say, signal, ...options }: RolloutDemoOptions,
  fleet: Fleet,
  id: string,
): Promise<void> {
  let last = '';
  let same = 0;
  let hasReport = false;
  while (!signal.aborted) {
    const rollout = await api.get<Rollout>(`/rollouts/${id}`);
    const line = digest(rollout);
    if (line !== last) say(line);
    same = line === last ? same + 1 : 0;
    last = line;
    const hasStopped = rollout.state === 'paused' && same >= LOOKS_UNTIL_SETTLED;
    if (hasStopped && !hasReport) {
      hasReport = true;
      for (const one of explained(rollout, fleet)) say(one);
      writeFileSync(options.report, await api.text(`/rollouts/${id}/report.csv`));
      say(`the report, a line for each computer: ${options.report}`);
      say(
        `in the console: ${options.consoleUrl.replace(/\/$/, '')}/rollouts/${id} (resume, skip, abort, retry, print)`,
      );
      say(`in a terminal:  npx relaypoint rollout show ${id}`);
      say('what you do with it is told here; Ctrl-C ends everything');
    }
    await pause(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** How it stands, in a line. */
function digest({ state, wave, waves, counts }: Rollout): string {
  const { good, bad, underWay, waiting, skipped } = counts;
  const where =
    state === 'running'
      ? `wave ${wave + 1} of ${waves.length} (${waves[wave]?.size ?? 0})`
      : `rollout ${state}`;
  const parts = [
    `${good} good`,
    `${bad} failed`,
    `${underWay} under way`,
    `${waiting} waiting`,
    ...(skipped > 0 ? [`${skipped} left out`] : []),
  ];
  return `${where}: ${parts.join(', ')}`;
}

/** What stopped it, what it did until then, and what it did not. */
function explained({ cause, causes, counts, size }: Rollout, fleet: Fleet): string[] {
  return [
    `it has stopped itself: ${cause?.text ?? ''}`,
    ...causes
      .slice(0, 3)
      .flatMap(({ code, count, output, hint }) => [
        `  ${count} × ${code}: ${hint.en}`,
        ...(output === null ? [] : [`      said: ${output}`]),
      ]),
    `${counts.waiting} of ${size} computers were never touched; ${fleet.counts().handedOut} installations were tried`,
  ];
}
