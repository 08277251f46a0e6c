import { AdminApi } from '../../tools/dev/admin-api.js';
import type { DevFile } from '../../tools/dev/state.js';
import type { SceneIds } from './scenes.js';

interface Item {
  id: string;
  state: string;
  name: string;
}

/** Rows as people send them: good ones, a doubled one, one of no DP, one with a name that nobody may have. */
const ROWS = [
  'Name;Description;DP;Operating system',
  'MUC-RECEPTION-01;front desk;demo-1-1;Windows 11 Pro',
  'MUC-WORKSHOP-02;test bench;demo-1-2;Windows 10 Enterprise LTSC',
  'MUC-WORKSHOP-02;test bench, doubled;demo-1-2;Windows 10 Enterprise LTSC',
  'HAM-STORE-07;forklift terminal;hamburg;Windows 11 IoT Enterprise',
  'HAM-STORE-08;;demo-1-3;Debian GNU/Linux 13',
  'not a name!;;demo-1-3;',
];

/**
 * Fills the demo of a rollout with what the other pages are about.
 * @returns what the pages of single things show
 */
export async function seed(devFile: DevFile): Promise<SceneIds> {
  const api = new AdminApi(devFile.serverUrl, devFile.apiToken);
  const first = async (path: string, state?: string): Promise<string> => {
    const { items } = await api.get<{ items: Item[] }>(path);
    const item = items.find((one) => state === undefined || one.state === state);
    if (item === undefined) throw new Error(`nothing in ${path}`);
    return item.id;
  };
  const settings = await api.get<{ revision: number }>('/settings');
  await api.patch('/settings', { attempts: 1 }, settings.revision);
  const { items } = await api.get<{ items: Item[] }>('/computers?state=imported&limit=24&dp=demo-1-3');
  await api.post('/computers/release', { computers: items.map(({ id }) => id) });
  for (const { id } of items)
    await api.until<Item>(`/computers/${id}`, `the end of ${id}`, 120, ({ state }) =>
      ['ready', 'install-failed'].includes(state),
    );

  await api.post('/tenants', { id: 'contoso', name: 'Contoso Deutschland GmbH' });
  await api.post('/users', {
    user: 'ingrid.bauer',
    password: 'a long enough password',
    role: 'operator',
    tenants: ['contoso'],
  });
  await api.post('/users', {
    user: 'tom.keller',
    password: 'a long enough password',
    role: 'viewer',
    tenants: 'all',
  });
  await api.post('/api-tokens', { label: 'nightly import', role: 'operator', tenants: ['default'] });
  await api.post('/distribution-points', {
    id: 'hamburg-harbour',
    name: 'Hamburg harbour, building 7',
    tenant: 'default',
  });
  await api.post('/join-keys', {
    label: 'branches',
    tenant: 'default',
    pattern: 'branch-*',
    uses: 40,
    enableWithin: ['10.0.0.0/8'],
    expiresAt: new Date(Date.now() + 14 * 86_400_000).toISOString(),
  });
  await api.post('/accounts', {
    label: 'workshop',
    tenant: 'default',
    username: 'deploy',
    domain: 'CONTOSO',
    password: 'never used',
    scope: { dps: ['demo-1-1', 'demo-1-2'] },
  });
  await api.post('/location-rules', {
    tenant: 'default',
    dp: 'demo-1-1',
    name: 'Munich',
    when: { addressIn: '10.1.0.0/16' },
  });
  await api.post('/location-rules', {
    tenant: 'default',
    dp: 'demo-1-2',
    name: 'Workshop',
    when: { all: [{ addressIn: '10.2.0.0/16' }, { not: { dnsSuffix: 'guest.contoso.example' } }] },
  });
  await api.post('/assignment-rules', {
    tenant: 'default',
    name: 'Reception',
    target: 'dp',
    dp: 'demo-1-1',
    when: { name: '*-RECEPTION-*' },
  });
  await api.post('/assignment-rules', {
    tenant: 'default',
    name: 'Stores of Hamburg',
    target: 'dp',
    dp: 'demo-1-4',
    when: {
      any: [{ ou: 'OU=Stores,OU=Hamburg,DC=contoso,DC=example' }, { column: { name: 'DP', is: 'hamburg' } }],
    },
  });
  await api.post('/brakes', {
    scope: { dp: 'demo-1-4' },
    reason: 'The line to this site is being repaired until noon',
  });
  await api.post('/directories', {
    name: 'Contoso headquarters',
    tenant: 'default',
    url: 'ldaps://dc1.contoso.example',
    bindDn: 'CN=relaypoint,OU=Services,DC=contoso,DC=example',
    bindPassword: 'never used',
    bases: ['OU=Computers,DC=contoso,DC=example'],
  });
  await api.post('/notification-targets', {
    name: 'Operations channel',
    url: 'https://chat.contoso.example/hooks/relaypoint',
    format: 'teams',
    kinds: ['rollout-stopped', 'dp-overdue'],
    tenant: null,
  });
  const form = new FormData();
  form.set('source', 'csv');
  form.set('tenant', 'default');
  form.set('options', JSON.stringify({ dpFromColumn: true }));
  form.set('file', new File([`${ROWS.join('\n')}\n`], 'munich-and-hamburg.csv', { type: 'text/csv' }));
  const run = await api.post<Item>('/imports', form);
  await api.until<Item>(`/imports/${run.id}`, 'the preview', 60, ({ state }) => state === 'previewed');

  return {
    failed: await first('/computers?state=install-failed'),
    ready: await first('/computers?state=ready'),
    order: await first('/orders?state=failed'),
    rollout: await first('/rollouts'),
    preview: run.id,
    imported: await first('/imports', 'committed'),
    directory: await first('/directories'),
    dp: 'demo-1-3',
  };
}
