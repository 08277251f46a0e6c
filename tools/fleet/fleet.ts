import { ForeignDp } from '../../e2e/support/foreign-dp.ts';
import { SimulatedDp } from '../../bench/simulator/simulated-dp.ts';
import { AdminApi } from '../dev/admin-api.ts';
import type { FleetOptions } from './options.ts';
import { SimulatedComputers, type FleetCounts } from './simulated-computers.ts';

/** DPs that join at the same time. */
const CONCURRENCY = 8;
/** Seconds of a long poll. */
const WAIT = 20;
const TENANT = 'default';

/** A fleet that is at work. */
export interface Fleet {
  readonly api: AdminApi;
  /** Filter by which its computers are found. */
  readonly import: string;
  readonly counts: () => Readonly<FleetCounts>;
  /** What the installation did that the protocol does not allow. */
  readonly faults: () => readonly string[];
  readonly stop: () => Promise<void>;
}

/** Makes what is missing at the installation, and lets the DPs live. */
export async function startFleet(options: FleetOptions, say: (line: string) => void): Promise<Fleet> {
  const api = new AdminApi(options.server, options.token);
  const ended = new AbortController();
  const computers = new SimulatedComputers(options, ended.signal);
  await publish(api, options.version);
  const ids = Array.from({ length: options.dps }, (_, index) => `${options.prefix}-${index + 1}`);
  const wires = await join(api, options, ids);
  say(`${wires.length} distribution points have joined`);
  await enterAccount(api, options.prefix, ids);
  const run = await importComputers(api, options, ids);
  say(`${options.computers} computers are imported; release them, or start a rollout`);
  const dps = wires.map(
    (wire) =>
      new SimulatedDp(wire, {
        wait: WAIT,
        capacity: options.capacity,
        agent: { version: '1.0', os: 'linux', hostname: wire.id },
        work: (order, work) => computers.work(order, work),
      }),
  );
  for (const dp of dps) dp.start();
  const restarting = restartNowAndThen(dps, options.restarts);
  return {
    api,
    import: run,
    counts: () => ({ ...computers.counts }),
    faults: () => dps.flatMap((dp) => dp.faults),
    stop: async () => {
      clearInterval(restarting);
      ended.abort();
      await Promise.all(dps.map((dp) => dp.stop()));
    },
  };
}

/** A DP in turn starts anew, with its journal. */
function restartNowAndThen(dps: readonly SimulatedDp[], perMinute: number): NodeJS.Timeout | undefined {
  if (perMinute === 0) return undefined;
  let next = 0;
  return setInterval(() => {
    void dps[next % dps.length]?.restart();
    next += 1;
  }, 60_000 / perMinute);
}

async function publish(api: AdminApi, version: string): Promise<void> {
  if (await api.find(`/client-releases/${version}`)) return;
  const platforms = { linux: { install: './install.sh', args: [], successCodes: [0], restartCodes: [] } };
  await api.post('/client-releases', { version, platforms });
  await api.put(`/client-releases/${version}/files/linux`, new Uint8Array(1000), 'client.tar.gz');
  const { revision } = await api.get<{ revision: number }>(`/client-releases/${version}`);
  await api.patch(`/client-releases/${version}`, { state: 'published' }, revision);
}

async function join(api: AdminApi, { server }: FleetOptions, ids: readonly string[]): Promise<ForeignDp[]> {
  const wires: ForeignDp[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let id = ids[next++]; id; id = ids[next++]) wires.push(await joinOne(api, server, id));
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, lane));
  return wires;
}

async function joinOne(api: AdminApi, server: string, id: string): Promise<ForeignDp> {
  const known = await api.find<{ id: string }>(`/distribution-points/${id}`);
  const made = known
    ? await api.post<Joining>(`/distribution-points/${id}/join-token`)
    : await api.post<Joining>('/distribution-points', { id, name: `Simulated ${id}`, tenant: null });
  const gateway = /--gateway (\S+)/.exec(made.joinCommand)?.[1];
  if (!gateway) throw new Error(`${server} does not say where its gateway is`);
  const wire = new ForeignDp(id, gateway);
  const enrolled = await wire.enrol(made.joinToken);
  if (enrolled.status !== 201) throw new Error(`${id} could not join: ${JSON.stringify(enrolled.body)}`);
  await api.post(`/distribution-points/${id}/enable`, { keyFingerprint: wire.fingerprint });
  return wire;
}

interface Joining {
  joinToken: string;
  joinCommand: string;
}

/** Sealed to the DPs as they are now. */
async function enterAccount(api: AdminApi, prefix: string, dps: readonly string[]): Promise<void> {
  const label = `Simulated ${prefix}`;
  for (const { id } of (await api.all<{ id: string; label: string }>('/accounts')).filter(
    (one) => one.label === label,
  ))
    await api.remove(`/accounts/${id}`);
  await api.post('/accounts', {
    label,
    tenant: TENANT,
    username: 'simulated',
    password: 'simulated',
    order: 1,
    scope: { dps },
  });
}

async function importComputers(
  api: AdminApi,
  { computers, prefix }: FleetOptions,
  dps: readonly string[],
): Promise<string> {
  const rows = Array.from({ length: computers }, (_, index) => {
    const dp = dps[index % dps.length] ?? '';
    return `${dp}-${Math.floor(index / dps.length) + 1};${dp}`;
  });
  const form = new FormData();
  form.set('source', 'csv');
  form.set('tenant', TENANT);
  form.set('file', new Blob([`name;dp\n${rows.join('\n')}\n`]), `${prefix}.csv`);
  const { id } = await api.post<{ id: string }>('/imports', form);
  const path = `/imports/${id}`;
  await api.until<{ state: string }>(path, 'the preview', 120, ({ state }) => state === 'previewed');
  await api.post(`${path}/commit`);
  await api.until<{ state: string }>(path, 'the commit', 120, ({ state }) => state === 'committed');
  return id;
}
