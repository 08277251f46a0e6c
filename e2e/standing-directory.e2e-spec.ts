import { Attribute, Change, type Client } from 'ldapts';
import { describeAsRoot } from '../tools/testing/as-root.js';
import { TestDomain } from '../tools/testing/directories.js';
import { eventually } from '../tools/testing/eventually.js';
import { Stack } from './support/stack.js';
import { WorkingSite } from './support/working-site.js';

interface ComputerView {
  id: string;
  name: string;
  state: string;
  dp: { fixed: string | null };
  inventory: { ou: string | null; enabled: boolean | null; description: string | null };
}
interface SyncView {
  nextAt: string | null;
  runningSince: string | null;
  failures: number;
  incremental: boolean;
  left: number;
  last: { result: string; kind: string | null; fault: { code: string } | null } | null;
  lines: { result: string; kind: string | null; run: string | null; counts: Record<string, number> }[];
  leavers: { computer: string; name: string }[];
}
interface RowView {
  name: string;
  changes: string[];
  messages: { code: string }[];
}

/** Two servers keep the schedules of two directories of one Active Directory (Samba); nobody clicks. */
describeAsRoot('a directory that is read by itself', () => {
  let domain: TestDomain;
  let admin: Client;
  let stack: Stack;
  let site: WorkingSite;
  let base: string;

  beforeAll(async () => {
    domain = await TestDomain.start();
    base = domain.fact('BASE_DN');
    admin = await domain.administrator();
    stack = await Stack.start({ servers: 2 });
    site = new WorkingSite(stack.gatewayUrls[0] ?? '');
    const body = { id: 'zurich', name: 'zurich', tenant: null };
    const { joinCommand } = await stack.api.ok<{ joinCommand: string }>('POST', '/distribution-points', body);
    await site.join(joinCommand);
    const { keyFingerprint } = await stack.api.ok('GET', '/distribution-points/zurich');
    await stack.api.ok('POST', '/distribution-points/zurich/enable', { keyFingerprint });
    await stack.api.ok('POST', '/accounts', {
      label: 'Installation',
      tenant: 'default',
      username: 'deploy',
      password: 'correct horse',
      order: 1,
      scope: 'all',
    });
    await stack.publishClient();
  }, 400_000);

  afterAll(async () => {
    await site?.stop();
    await admin?.unbind();
    await stack?.stop();
    await domain?.stop();
  }, 120_000);

  const clients = (name: string): string => `OU=Clients,OU=${name},OU=Sites,${base}`;
  const replace = (dn: string, type: string, value: string): Promise<void> =>
    admin.modify(
      dn,
      new Change({ operation: 'replace', modification: new Attribute({ type, values: [value] }) }),
    );
  const create = (dn: string, account: string, fields: Record<string, string> = {}): Promise<void> =>
    admin.add(dn, {
      objectClass: 'computer',
      sAMAccountName: account,
      userAccountControl: '4096',
      dNSHostName: `${account.replace('$', '').toLowerCase()}.corp.relaypoint.test`,
      ...fields,
    });
  const directory = async (name: string, fields: Record<string, unknown>): Promise<string> => {
    const { id } = await stack.api.ok<{ id: string }>('POST', '/directories', {
      name,
      tenant: 'default',
      url: domain.fact('LDAPS_URL'),
      caPem: domain.ca,
      bindDn: domain.fact('BIND_UPN'),
      bindPassword: domain.fact('PASSWORD'),
      schedule: { every: 1 },
      ...fields,
    });
    return id;
  };
  const sync = (id: string): Promise<SyncView> => stack.api.ok<SyncView>('GET', `/directories/${id}/sync`);
  const computer = async (name: string): Promise<ComputerView> => {
    const { items } = await stack.api.ok<{ items: ComputerView[] }>('GET', `/computers?q=${name}`);
    const [found, ...others] = items.filter((one) => one.name === name);
    if (!found || others.length > 0) throw new Error(`${others.length + 1} computers are named ${name}`);
    return found;
  };
  const until = <T>(look: () => Promise<T>): Promise<T> => eventually(look, { timeoutMs: 150_000 });

  it('follows it, commits, releases up to ready, and shows who has left', async () => {
    const office = await directory('office', {
      bases: [`OU=Berlin,OU=Sites,${base}`, `OU=Köln,OU=Sites,${base}`],
      policy: 'commit',
      dp: 'zurich',
    });
    const plant = await directory('plant', { bases: [clients('Zürich')], policy: 'release', dp: 'zurich' });
    await until(async () => {
      for (const id of [office, plant])
        expect(await sync(id)).toMatchObject({
          incremental: true,
          failures: 0,
          lines: [expect.objectContaining({ result: 'committed', kind: 'full' })],
        });
    });
    const renamed = await computer('PC-BER-001');
    expect(renamed).toMatchObject({ state: 'imported', dp: { fixed: 'zurich' } });
    await until(async () => expect((await computer('PC-ZRH-001')).state).toBe('ready'));

    // the importer dies, and comes back when a run waits for it
    await stack.importer?.kill();
    const berlin = (name: string): string => `CN=${name},${clients('Berlin')}`;
    await create(berlin('PC-BER-900'), 'PC-BER-900$', { description: 'new' });
    await replace(berlin('PC-BER-002'), 'description', 'another desk');
    await admin.modifyDN(berlin('PC-BER-001'), 'CN=PC-BER-901');
    await replace(berlin('PC-BER-901'), 'sAMAccountName', 'PC-BER-901$');
    await replace(berlin('PC-BER-901'), 'dNSHostName', 'pc-ber-901.corp.relaypoint.test');
    await admin.modifyDN(berlin('PC-BER-003'), `CN=PC-BER-003,${clients('Köln')}`);
    await replace(berlin('PC-BER-004'), 'userAccountControl', '4098');
    // what no machine stands behind, and a name that belongs to another one
    const conflict = `CN=PC-DUP\\0ACNF:0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0,${clients('Berlin')}`;
    await create(conflict, 'PC-DUPX$');
    await create(berlin('AZUREADSSOACC'), 'AZUREADSSOACC$');
    await create(berlin('PC-BER-902'), 'PC-BER-902$', { dNSHostName: 'pc-ber-900.corp.relaypoint.test' });
    await create(`CN=PC-ZRH-900,${clients('Zürich')}`, 'PC-ZRH-900$');
    await until(async () => expect((await sync(office)).runningSince).not.toBeNull());
    stack.importer?.start();

    // created in the directory, ready without a click
    await until(async () => expect((await computer('PC-ZRH-900')).state).toBe('ready'));
    const changed = await until(async () => {
      const [line] = (await sync(office)).lines.filter(({ result }) => result === 'committed');
      if (line?.kind !== 'delta') throw new Error(JSON.stringify(line));
      return line;
    });
    expect(changed.counts).toMatchObject({ new: 1, changed: 4, rejected: 1 });
    expect(await computer('PC-BER-900')).toMatchObject({ state: 'imported' });
    expect((await computer('PC-BER-901')).id).toBe(renamed.id);
    expect((await computer('PC-BER-002')).inventory.description).toBe('another desk');
    expect(await computer('PC-BER-003')).toMatchObject({
      dp: { fixed: 'zurich' },
      inventory: { ou: clients('Köln') },
    });
    const rows = await stack.api.ok<{ items: RowView[] }>('GET', `/imports/${changed.run}/rows`);
    const codes = (name: string): string[] =>
      rows.items
        .filter((row) => row.name === name)
        .flatMap(({ messages }) => messages.map(({ code }) => code));
    expect(codes('PC-BER-003')).toContain('MOVED');
    expect(codes('PC-BER-902')).toContain('DNS_NAME_TWICE');
    expect(rows.items.map(({ name }) => name)).not.toContain('PC-DUPX');

    const disabled = await computer('PC-BER-004');
    expect(disabled.inventory.enabled).toBe(false);
    const released = await stack.api.ok<{ results: { code?: string }[] }>('POST', '/computers/release', {
      computers: [disabled.id],
    });
    expect(released.results[0]?.code).toBe('COMPUTER_DISABLED');

    // who has left is seen by a pass over everything, and stays
    await admin.del(berlin('PC-BER-005'));
    const left = await computer('PC-BER-005');
    await stack.api.ok('POST', `/directories/${office}/sync`, { full: true });
    await until(async () => {
      expect(await sync(office)).toMatchObject({
        left: 1,
        leavers: [{ computer: left.id, name: 'PC-BER-005' }],
      });
    });
    expect((await computer('PC-BER-005')).state).toBe('imported');

    // a run for each time that something was new, and none for the times between them
    const runs = await stack.ground.find('importRuns', { 'sync.quiet': { $ne: true } });
    expect(runs.map(({ state }) => state)).toEqual(Array.from({ length: 5 }, () => 'committed'));
    expect(await stack.deadLetters()).toEqual({});
  }, 500_000);
});
