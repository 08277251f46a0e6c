import { ForeignDp } from '../e2e/support/foreign-dp.ts';
import { until, type Api } from './programs.ts';

/** Enabled DPs, a published release, an account and imported computers, spread over the DPs. */
export async function setUp(
  api: Api,
  gateway: string,
  dpCount: number,
  computers: number,
): Promise<ForeignDp[]> {
  await api('PATCH', '/settings', { concurrency: 1000 });
  const platforms = { linux: { install: './install.sh', args: [], successCodes: [0], restartCodes: [] } };
  await api('POST', '/client-releases', { version: 'bench', platforms });
  await api('PUT', '/client-releases/bench/files/linux', Buffer.alloc(1000), {
    'content-type': 'application/octet-stream',
    'x-file-name': 'client.tar.gz',
  });
  await api('PATCH', '/client-releases/bench', { state: 'published', default: true });
  const dps: ForeignDp[] = [];
  for (let i = 0; i < dpCount; i += 1) {
    const id = `dp-${i}`;
    const { joinToken } = await api<{ joinToken: string }>('POST', '/distribution-points', {
      id,
      name: id,
      tenant: null,
    });
    const dp = new ForeignDp(id, gateway);
    const enrolled = await dp.enrol(joinToken);
    if (enrolled.status !== 201) throw new Error(`enrol: ${JSON.stringify(enrolled)}`);
    await api('POST', `/distribution-points/${id}/enable`, { keyFingerprint: dp.fingerprint });
    dps.push(dp);
  }
  const account = {
    label: 'bench',
    tenant: 'default',
    username: 'u',
    password: 'secret',
    order: 1,
    scope: 'all',
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
