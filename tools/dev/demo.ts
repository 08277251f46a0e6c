import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { packClient } from '../client-pack.mjs';
import type { AdminApi, Page } from './admin-api.ts';
import { joinAndEnable } from './distribution-point.ts';
import { findFolderComputer, restartFolderComputer } from './folder-computer.ts';

/** The DP that the demo's computers are imported for, and the tenant they belong to. */
const DEMO_DP = 'demo-site';
const TENANT = 'default';
const SAMPLE = join('samples', 'computers.csv');
/** Seconds that all computers together may take. */
const PATIENCE = 120;

/** What the demo needs to know. It talks to the server by the public admin API alone. */
export interface DemoOptions {
  readonly api: AdminApi;
  /** The project's folder. */
  readonly root: string;
  /** The demo DP's agent keeps its state here. */
  readonly agentState: string;
  /** A folder per computer. */
  readonly computers: string;
  readonly say: (line: string) => void;
  /** Starts the demo DP's agent, which keeps running. */
  readonly startAgent: () => Promise<void>;
}

interface Computer {
  readonly id: string;
  readonly name: string;
  readonly state: keyof typeof STATES;
  readonly lastOrder?: { readonly failure?: { readonly code: string } | null } | null;
}

/** The computer's states as the console shows them. */
const STATES = {
  imported: 'not yet registered',
  releasing: 'installation released',
  'install-failed': 'installation failed',
  'awaiting-registration': 'installed, awaiting registration',
  'pending-restart': 'waiting for restart',
  ready: 'ready',
  retired: 'retired',
} as const;

/** Whether nobody has done anything with this server yet. */
export async function nothingIsThere(api: AdminApi): Promise<boolean> {
  const computers = await api.get<Page<unknown>>('/computers?limit=1');
  const imports = await api.get<Page<unknown>>('/imports?limit=1');
  const points = await api.all<{ id: string }>('/distribution-points');
  return computers.total === 0 && imports.total === 0 && points.every(({ id }) => id === 'server');
}

/** Every step looks first what is there, so that an interrupted demo goes on at the next start. */
export async function playDemo(options: DemoOptions): Promise<void> {
  const { api, say } = options;
  await setUpDistributionPoint(options);
  await setUpAccount(options);
  await setUpLocationRule(options);
  await publishClient(options);
  const run = await importComputers(options);
  const computers = `/computers?import=${run}`;
  const waiting = (await api.all<Computer>(computers)).filter(({ state }) => state === 'imported');
  for (const { name, state } of waiting) say(`${name}: ${STATES[state]}`);
  if (waiting.length > 0) {
    const { counts } = await api.post<{ counts: Record<string, number> }>('/computers/release', {
      computers: waiting.map(({ id }) => id),
    });
    const { released = 0, refused = 0 } = counts;
    say(`released by the order queue of ${DEMO_DP}: ${released}, refused: ${refused}`);
  }
  await watch(options, computers, new Map(waiting.map(({ id, state }) => [id, state])));
}

async function setUpDistributionPoint({
  api,
  root,
  agentState,
  computers,
  startAgent,
  say,
}: DemoOptions): Promise<void> {
  if ((await api.find(`/distribution-points/${DEMO_DP}`)) === undefined) {
    await api.post('/distribution-points', { id: DEMO_DP, name: 'Demo site', tenant: TENANT });
    say(`created the DP ${DEMO_DP}`);
  }
  // YAML is a superset of JSON, and the latter needs no care with quotes
  const config = `${JSON.stringify({ methods: ['local'], local: { root: computers } })}\n`;
  await joinAndEnable({ api, root, dp: DEMO_DP, state: agentState, config });
  say(
    `the agent of ${DEMO_DP} has joined, the fingerprints are equal, it is enabled (method local: folders as computers)`,
  );
  await startAgent();
}

interface DemoAccount {
  id: string;
  label: string;
  revision: number;
  sealedFor: readonly { stale: boolean }[];
}

async function setUpAccount({ api, say }: DemoOptions): Promise<void> {
  const accounts = await api.all<DemoAccount>(`/accounts?tenant=${TENANT}`);
  const made = accounts.find(({ label }) => label === 'Demo');
  const password = randomBytes(15).toString('base64url'); // the method local logs in nowhere
  if (made) {
    if (!made.sealedFor.some(({ stale }) => stale)) return;
    await api.patch(`/accounts/${made.id}`, { password }, made.revision);
    say('entered the account again, for DPs that have other keys now');
    return;
  }
  await api.post('/accounts', {
    label: 'Demo',
    tenant: TENANT,
    username: 'demo',
    password,
    order: 1,
    scope: 'all',
  });
  say('created an account, sealed to the keys of the DPs');
}

/** Lets the demo DP serve registered clients of this machine, so that they can be restarted from the console (R10, R11). */
async function setUpLocationRule({ api, say }: DemoOptions): Promise<void> {
  if ((await api.all<{ dp: string }>('/location-rules')).some(({ dp }) => dp === DEMO_DP)) return;
  await api.post('/location-rules', {
    dp: DEMO_DP,
    tenant: TENANT,
    name: 'Demo site',
    when: { any: [{ publicAddressIn: '127.0.0.0/8' }, { publicAddressIn: '::1/128' }] },
  });
  say(`a location rule: clients on this machine are served by ${DEMO_DP}`);
}

async function publishClient({ api, say }: DemoOptions): Promise<void> {
  const { version, platform, name, bytes } = packClient();
  const path = `/client-releases/${version}`;
  interface Release {
    readonly state: string;
    readonly default?: boolean;
    readonly revision: number;
  }
  if ((await api.find(path)) === undefined) {
    const linux = { install: './install.sh', args: [], successCodes: [0], restartCodes: [194] };
    await api.post('/client-releases', { version, platforms: { [platform]: linux } });
  }
  let release = await api.get<Release>(path);
  if (release.state === 'draft') {
    await api.put(`${path}/files/${platform}`, new Uint8Array(bytes), name);
    release = await api.get<Release>(path);
  }
  if (release.state === 'published' && release.default === true) return;
  await api.patch(path, { state: 'published', default: true }, release.revision);
  say(`published the client release ${version}`);
}

interface ImportRun {
  readonly id: string;
  readonly state: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly fault?: unknown;
}

/** Imports the sample by preview and commit; gives the run. */
async function importComputers({ api, root, say }: DemoOptions): Promise<string> {
  const earlier = (await api.all<ImportRun>('/imports')).find(
    ({ state }) => !['failed', 'discarded', 'undone'].includes(state),
  );
  let id = earlier?.id;
  if (id === undefined) {
    const form = new FormData();
    form.set('source', 'csv');
    form.set('tenant', TENANT);
    form.set('dp', DEMO_DP);
    form.set('file', new Blob([readFileSync(join(root, SAMPLE))], { type: 'text/csv' }), basename(SAMPLE));
    ({ id } = await api.post<ImportRun>('/imports', form));
  }
  const path = `/imports/${id}`;
  const isRead = ({ state }: ImportRun): boolean => !['queued', 'reading'].includes(state);
  const preview = await api.until(path, `the preview of ${SAMPLE}`, 30, isRead);
  const { rows = 0, rejected = 0, new: fresh = 0 } = preview.counts;
  say(`preview of ${SAMPLE}: ${rows} rows, ${fresh} new, ${rejected} rejected`);
  if (preview.state === 'failed') throw new Error(`the import failed: ${JSON.stringify(preview.fault)}`);
  if (preview.state === 'previewed') await api.post(`${path}/commit`);
  await api.until(path, `the import of ${SAMPLE}`, 30, ({ state }: ImportRun) => state === 'committed');
  return id;
}

/** Prints each computer's way and restarts those that wait for it, until all are ready. */
async function watch(
  { api, computers: folder, say }: DemoOptions,
  path: string,
  shown: Map<string, string>,
): Promise<void> {
  const until = Date.now() + PATIENCE * 1000;
  const restarted = new Set<string>();
  for (;;) {
    const computers = await api.all<Computer>(path);
    for (const { id, name, state, lastOrder } of computers) {
      if (shown.get(id) !== state) {
        const failure = state === 'install-failed' ? ` (${lastOrder?.failure?.code ?? 'no code'})` : '';
        say(`${name}: ${STATES[state]}${failure}`);
        shown.set(id, state);
      }
      const computer = findFolderComputer(folder, name);
      if (state === 'pending-restart' && computer !== undefined && !restarted.has(id)) {
        restarted.add(id);
        say(`${name}: restarts`);
        await restartFolderComputer(computer);
      }
    }
    const ready = computers.filter(({ state }) => state === 'ready').length;
    if (ready === computers.length) {
      say(`all ${ready} computers are ready`);
      return;
    }
    if (computers.some(({ state }) => state === 'install-failed')) throw new Error('an installation failed');
    if (Date.now() > until)
      throw new Error(`only ${ready} of ${computers.length} computers were ready after ${PATIENCE} s`);
    await sleep(150);
  }
}
