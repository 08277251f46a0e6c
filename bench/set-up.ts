import { ForeignDp } from '../e2e/support/foreign-dp.ts';
import { until, type Api } from './programs.ts';

/** Enabled DPs, a published release, imported computers, spread over the DPs, and an account for those that have some. */
export async function setUp(
  api: Api,
  gateway: string,
  dpCount: number,
  computers: number,
): Promise<ForeignDp[]> {
  await api('PATCH', '/settings', { concurrency: 1000, accountLogins: 0 });
  const platforms = { linux: { install: './install.sh', args: [], successCodes: [0], restartCodes: [] } };
  await api('POST', '/client-releases', { version: 'bench', platforms });
  await api('PUT', '/client-releases/bench/files/linux', Buffer.alloc(1000), {
    'content-type': 'application/octet-stream',
    'x-file-name': 'client.tar.gz',
  });
  await api('PATCH', '/client-releases/bench', { state: 'published', default: true });
  const dps = await joinDps(api, gateway, dpCount);
  const account = {
    label: 'bench',
    tenant: 'default',
    username: 'u',
    password: 'secret',
    order: 1,
    scope: { dps: dps.slice(0, computers).map(({ id }) => id) },
  };
  await api('POST', '/accounts', account);
  const rows = Array.from({ length: computers }, (_, i) => `pc-${i};dp-${i % dpCount}`);
  const form = new FormData();
  form.set('source', 'csv');
  form.set('tenant', 'default');
  form.set('file', new Blob([`name;dp\n${rows.join('\n')}\n`]), 'bench.csv');
  const { id } = await api<{ id: string }>('POST', '/imports', form);
  await until(api, id, 'previewed');
  await api('POST', `/imports/${id}/commit`, {});
  await until(api, id, 'committed');
  return dps;
}

/** DPs that are joined at the same time. */
const CONCURRENCY = 16;

/** Creates DPs, lets them join and enables them. */
export async function joinDps(api: Api, gateway: string, count: number): Promise<ForeignDp[]> {
  const dps = Array.from({ length: count }, (_, i) => new ForeignDp(`dp-${i}`, gateway));
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let dp = dps[next++]; dp; dp = dps[next++]) await joinDp(api, dp);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, lane));
  return dps;
}

async function joinDp(api: Api, dp: ForeignDp): Promise<void> {
  const wish = { id: dp.id, name: dp.id, tenant: null };
  const { joinToken } = await api<{ joinToken: string }>('POST', '/distribution-points', wish);
  const enrolled = await dp.enrol(joinToken);
  if (enrolled.status !== 201) throw new Error(`enrol: ${JSON.stringify(enrolled)}`);
  await api('POST', `/distribution-points/${dp.id}/enable`, { keyFingerprint: dp.fingerprint });
}
