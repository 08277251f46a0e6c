import { textIn } from '#texts';
import type { Directory, ImportOptions, ImportRow, ImportRun } from '#domain';
import { describeAsRoot } from '../../../../tools/testing/as-root.js';
import { TestDomain } from '../../../../tools/testing/directories.js';
import { ImportStage } from '../../testing/import-stage.js';

jest.setTimeout(180_000);

describeAsRoot('an import from Active Directory (Samba)', () => {
  let stage: ImportStage;
  let domain: TestDomain;
  let base: string;
  let directory: Directory;

  beforeAll(async () => {
    domain = await TestDomain.start();
    base = domain.fact('BASE_DN');
    stage = await ImportStage.open();
    await stage.addDp('site-a');
    await stage.addDp('site-b');
    directory = await add();
    await stage.startImporter();
  }, 400_000);

  afterAll(async () => {
    await stage?.close();
    await domain?.stop();
  }, 60_000);

  const add = (fields: Partial<Directory> = {}, password = domain.fact('PASSWORD')): Promise<Directory> =>
    stage.addDirectory(
      {
        url: domain.fact('LDAPS_URL'),
        caPem: domain.ca,
        bindDn: domain.fact('BIND_UPN'),
        bases: [base],
        ...fields,
      },
      password,
    );

  const read = async (
    options: ImportOptions,
    from = directory,
  ): Promise<{ run: ImportRun; rows: ImportRow[] }> => {
    const run = await stage.previewDirectory(from, { options });
    expect(run).toMatchObject({ state: 'previewed', fault: null });
    return { run, rows: await stage.rows(run) };
  };
  const taken = (rows: readonly ImportRow[]): string[] =>
    rows
      .filter(({ verdict }) => verdict === 'new')
      .map(({ name }) => name)
      .toSorted();
  const named = (rows: readonly ImportRow[], name: string): ImportRow => {
    const [row, ...others] = rows.filter((one) => one.name === name);
    if (!row || others.length > 0) throw new Error(`${others.length + 1} rows are named ${name}`);
    return row;
  };
  const accountOf = ({ sAMAccountName }: { sAMAccountName: string }): string =>
    sAMAccountName.replace('$', '');

  it('previews every computer once, and marks the disabled ones', async () => {
    const { run, rows } = await read({}, await add({ bases: [base, `OU=Sites,${base}`] }));
    const disabled = domain.computers.filter(({ enabled }) => !enabled);
    expect(run.counts).toMatchObject({
      rows: domain.computers.length,
      new: domain.computers.length - disabled.length,
      excluded: disabled.length,
      rejected: 0,
    });
    expect(run.messages.map((message) => textIn('en', message))).toContain('1 domain controller is left out');
    expect(named(rows, 'OLD-PC-08')).toMatchObject({
      verdict: 'excluded',
      messages: [{ code: 'DISABLED', severity: 'info' }],
    });
    expect(new Set(rows.map(({ identity }) => identity)).size).toBe(rows.length);
  });

  it('reads names, units, systems and logons as they are in the directory', async () => {
    const { rows } = await read({});
    expect(named(rows, 'PC-MUC-009')).toMatchObject({
      fqdn: 'pc-muc-009.corp.relaypoint.test',
      identity: expect.stringMatching(/^ad:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      inventory: {
        ou: `OU=Außenstelle Fürth,OU=München,OU=Sites,${base}`,
        description: expect.stringContaining('Büro München, Straße'),
        enabled: true,
        lastLogon: expect.any(Date),
      },
      raw: [`CN=PC-MUC-009,OU=Außenstelle Fürth,OU=München,OU=Sites,${base}`],
    });
    // Whatever the common name is, the account names the computer, and its DNS name goes before the domain's
    expect(named(rows, 'KURZ01').fqdn).toBe('kurz01.other-suffix.test');
    expect(named(rows, 'LANGERRECHNERNA').fqdn).toBe(
      'langerrechnername-mit-mehr-als-15.corp.relaypoint.test',
    );
    expect(named(rows, 'PC-BUCH-ALT').inventory.ou).toBe(`OU=Clients,OU=Berlin,OU=Sites,${base}`);
    expect(named(rows, 'PC-GROSS').fqdn).toBe('pc-gross.corp.relaypoint.test');
    expect(named(rows, 'PC-VORBEREITET')).toMatchObject({
      verdict: 'new',
      fqdn: 'pc-vorbereitet.corp.relaypoint.test',
      inventory: { os: null, lastLogon: null },
    });
    const umlauts = rows.find(({ raw }) => raw[0]?.startsWith('CN=PC-ÜBUNG-1'));
    expect(umlauts).toMatchObject({ verdict: 'new', warned: true });
    expect(umlauts?.messages.map(({ code }) => code)).toContain('NAME_NON_ASCII');
  });

  it('takes some bases only, and says which one is not there', async () => {
    const { rows } = await read({ bases: [`OU=Zürich,OU=Sites,${base}`, `OU=Leer,${base}`] });
    expect(taken(rows)).toEqual(['PC-ZRH-001', 'PC-ZRH-002', 'PC-ZRH-003', 'PC-ZRH-004', 'PC-ZRH-005']);
    const options = { bases: [`OU=Nirgends,${base}`] };
    expect(await stage.previewDirectory(directory, { options })).toMatchObject({
      state: 'failed',
      fault: {
        code: 'BASE_NOT_FOUND',
        key: 'directory.baseNotFound',
        params: { base: expect.stringContaining('OU=Nirgends') },
      },
    });
  });

  it('takes members of groups, also of groups within groups, and leaves members of others out', async () => {
    const group = (name: string): string => `CN=${name},OU=Groups,${base}`;
    const inGroups = (...names: string[]): string[] =>
      domain.computers
        .filter(({ enabled, groups }) => enabled && names.some((name) => groups.includes(name)))
        .map(accountOf)
        .toSorted();
    const sites = ['Berlin', 'München', 'Köln', 'Zürich', 'New York'].map((site) => `GG-Site-${site}`);

    const nested = await read({ includeGroups: [group('GG-All')] });
    expect(taken(nested.rows)).toEqual(inGroups(...sites, 'GG-Servers', 'GG-All'));
    expect(named(nested.rows, 'KURZ01')).toMatchObject({
      verdict: 'excluded',
      messages: [{ code: 'FILTERED' }],
    });
    const direct = await read({ includeGroups: [group('GG-All')], nested: false });
    expect(taken(direct.rows)).toEqual(['PC-VORBEREITET']);
    // two groups that are in each other
    const loop = await read({ includeGroups: [group('GG-Loop-B')] });
    expect(taken(loop.rows)).toEqual(inGroups('GG-Loop-A'));
    const without = await read({ includeGroups: [group('GG-All')], excludeGroups: [group('GG-Clients')] });
    expect(taken(without.rows)).toEqual(inGroups('GG-Servers', 'GG-All'));
    // a primary group, which is in no memberOf
    const all = await read({ includeGroups: [`CN=Domain Computers,CN=Users,${base}`] });
    expect(all.run.counts.new).toBe(domain.computers.filter(({ enabled }) => enabled).length);
    const options = { includeGroups: [group('GG-Nirgends')] };
    expect(await stage.previewDirectory(directory, { options })).toMatchObject({
      state: 'failed',
      fault: { code: 'GROUP_NOT_FOUND' },
    });
  });

  it('takes one operating system, leaves stale ones out, and takes disabled ones on request', async () => {
    const windows = domain.computers.filter(
      ({ enabled, operatingSystem }) => enabled && operatingSystem?.startsWith('Windows 1'),
    );
    expect(taken((await read({ osPattern: 'windows 1*' })).rows)).toHaveLength(windows.length);

    const isStale = ({ lastSeenDays }: { lastSeenDays: number | null }): boolean => (lastSeenDays ?? 0) > 120;
    const stale = domain.computers.filter((one) => one.enabled && isStale(one)).map(accountOf);
    const fresh = await read({ staleDays: 120 });
    expect(stale).toContain('SRV-BACKUP-01');
    expect(
      fresh.rows
        .filter(({ messages }) => messages.some(({ code }) => code === 'STALE'))
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(stale.toSorted());

    const disabled = await read({ includeDisabled: true });
    expect(disabled.run.counts).toMatchObject({ new: domain.computers.length, excluded: 0 });
    const filter = '(&(description=*K\\c3\\b6ln*)(!(operatingSystem=macOS)))';
    const filtered = await read({ filter });
    expect(taken(filtered.rows).every((name) => name.startsWith('PC-CGN'))).toBe(true);
    expect(filtered.rows.length).toBeGreaterThan(0);
    expect(await stage.previewDirectory(directory, { options: { filter: '(&(cn=' } })).toMatchObject({
      state: 'failed',
      fault: { code: 'FILTER_INVALID' },
    });
  });

  it('commits what it has previewed, with the DP of the run', async () => {
    const run = await stage.previewDirectory(directory, {
      dp: 'site-a',
      options: { bases: [`OU=Köln,OU=Sites,${base}`] },
    });
    await stage.commit(run.id);
    const { summary } = await stage.until(run.id, 'committed');
    expect(summary).toMatchObject({ created: run.counts.new, rejected: 0 });
    const [computer] = await stage.computers.findByNames(run.tenant, ['PC-CGN-001']);
    expect(computer).toMatchObject({
      fqdn: 'pc-cgn-001.corp.relaypoint.test',
      dp: { fixed: 'site-a' },
      state: 'imported',
      source: { kind: 'ad', run: run.id, directory: directory.id },
      inventory: { ou: `OU=Clients,OU=Köln,OU=Sites,${base}`, location: expect.stringContaining('Köln') },
    });
    await stage.undo(run.id);
    expect(await stage.until(run.id, 'undone')).toMatchObject({
      undo: { deleted: run.counts.new, kept: 0 },
    });
  });
});
