import { Attribute, Change, type Client } from 'ldapts';
import type { Computer, ComputerId, Directory, DpId, ImportOptions, ImportRow, ImportRun } from '#domain';
import { newId } from '#runtime';
import { describeAsRoot } from '../../../../tools/testing/as-root.js';
import { TestDomain } from '../../../../tools/testing/directories.js';
import { ImportStage, TENANT } from '../../testing/import-stage.js';

jest.setTimeout(180_000);

describeAsRoot('a computer of an Active Directory that is imported again', () => {
  let stage: ImportStage;
  let domain: TestDomain;
  let admin: Client;
  let base: string;

  beforeAll(async () => {
    domain = await TestDomain.start();
    base = domain.fact('BASE_DN');
    admin = await domain.administrator();
    stage = await ImportStage.open();
    await stage.addDp('site-a');
    await stage.addDp('site-b');
    await stage.startImporter();
  }, 400_000);

  afterAll(async () => {
    await admin?.unbind();
    await stage?.close();
    await domain?.stop();
  }, 60_000);

  const unit = (name: string): string => `OU=${name},OU=Sites,${base}`;
  const clients = (name: string): string => `OU=Clients,${unit(name)}`;
  const directoryOf = (...bases: string[]): Promise<Directory> =>
    stage.addDirectory(
      { url: domain.fact('LDAPS_URL'), caPem: domain.ca, bindDn: domain.fact('BIND_UPN'), bases },
      domain.fact('PASSWORD'),
    );
  const replace = (dn: string, type: string, value: string): Promise<void> =>
    admin.modify(
      dn,
      new Change({ operation: 'replace', modification: new Attribute({ type, values: [value] }) }),
    );
  const computer = async (name: string): Promise<Computer> => {
    const [found, ...others] = await stage.computers.findByNames(TENANT, [name]);
    if (!found || others.length > 0) throw new Error(`${others.length + 1} computers are named ${name}`);
    return found;
  };
  const rowOf = async (run: ImportRun, name: string): Promise<ImportRow> => {
    const row = (await stage.rows(run)).find((one) => one.name === name);
    if (!row) throw new Error(`no row is named ${name}`);
    return row;
  };
  const codes = ({ messages }: ImportRow): string[] => messages.map(({ code }) => code);

  it('is followed by its objectGUID through renames and moves', async () => {
    const directory = await directoryOf(unit('Berlin'), unit('Zürich'));
    const first = await stage.importDirectory(directory, { dp: 'site-a' });
    expect((await stage.previewDirectory(directory, { dp: 'site-a' })).counts).toMatchObject({
      new: 0,
      changed: 0,
      known: first.counts.new,
      missing: 0,
    });

    const [renamed, moved] = [await computer('PC-BER-001'), await computer('PC-BER-002')];
    await admin.modifyDN(`CN=PC-BER-001,${clients('Berlin')}`, 'CN=PC-BER-901');
    const newDn = `CN=PC-BER-901,${clients('Berlin')}`;
    await replace(newDn, 'sAMAccountName', 'PC-BER-901$');
    await replace(newDn, 'dNSHostName', 'pc-ber-901.corp.relaypoint.test');
    await admin.modifyDN(`CN=PC-BER-002,${clients('Berlin')}`, `CN=PC-BER-002,${clients('Zürich')}`);
    // its old name is taken by another machine at once
    await admin.add(`CN=PC-BER-001,${clients('Berlin')}`, {
      objectClass: 'computer',
      sAMAccountName: 'PC-BER-001$',
      userAccountControl: '4096',
      dNSHostName: 'pc-ber-001.corp.relaypoint.test',
    });

    const again = await stage.previewDirectory(directory);
    expect(await rowOf(again, 'PC-BER-901')).toMatchObject({
      verdict: 'changed',
      computer: renamed.id,
      changes: expect.arrayContaining(['name', 'fqdn']),
    });
    expect(codes(await rowOf(again, 'PC-BER-901'))).toContain('RENAMED');
    expect(await rowOf(again, 'PC-BER-002')).toMatchObject({
      verdict: 'changed',
      computer: moved.id,
      changes: ['ou'],
    });
    await stage.commit(again.id);
    await stage.until(again.id, 'committed');
    expect(await computer('PC-BER-901')).toMatchObject({
      id: renamed.id,
      identity: renamed.identity,
      dp: { fixed: 'site-a' },
    });
    expect((await computer('PC-BER-002')).inventory.ou).toBe(clients('Zürich'));

    // The name is free here now as well
    const third = await stage.importDirectory(directory, {
      dp: 'site-b',
      options: { filter: '(cn=PC-BER-001)' },
    });
    expect(third.summary).toMatchObject({ created: 1 });
    expect((await computer('PC-BER-001')).id).not.toBe(renamed.id);
  });

  it('is the one that a file has named before, and after', async () => {
    const file =
      'Name;DP\npc-cgn-001.corp.relaypoint.test;site-a\nPC-CGN-002;site-a\npc-cgn-003.other.test;site-a\n';
    await stage.import(file);
    const before = await Promise.all(['PC-CGN-001', 'PC-CGN-002'].map(computer));

    const run = await stage.importDirectory(await directoryOf(unit('Köln')));
    for (const [index, name] of ['PC-CGN-001', 'PC-CGN-002'].entries()) {
      const row = await rowOf(run, name);
      expect(row).toMatchObject({ verdict: 'changed', computer: before[index]?.id });
      expect(codes(row)).toContain('LINKED');
      expect(await computer(name)).toMatchObject({
        id: before[index]?.id,
        identity: row.identity,
        fqdn: `${name.toLowerCase()}.corp.relaypoint.test`,
        dp: { fixed: 'site-a' },
      });
    }
    // the same short name in another domain is another machine
    expect(await rowOf(run, 'PC-CGN-003')).toMatchObject({ verdict: 'new', warned: true });
    expect(await stage.computers.findByNames(TENANT, ['PC-CGN-003'])).toHaveLength(2);

    expect((await stage.preview(file)).counts).toMatchObject({ new: 0, known: 3, rejected: 0 });
  });

  it('keeps its name when somebody else has taken the new one since the preview; the commit ends', async () => {
    await stage.import('Name;DP\nPC-NYC-001;site-a\nPC-NYC-002;site-a\n');
    const run = await stage.previewDirectory(await directoryOf(unit('New York')));
    const rival = { ...(await computer('PC-NYC-001')), id: newId() as ComputerId, identity: 'ad:rival' };
    const fqdn = 'pc-nyc-001.corp.relaypoint.test';
    expect((await stage.computers.insertNew([{ ...rival, fqdn }])).duplicates).toEqual([]);

    await stage.commit(run.id);
    const { summary } = await stage.until(run.id, 'committed');
    expect(summary).toMatchObject({ changed: 1, rejected: 1 });
    const row = await rowOf(run, 'PC-NYC-001');
    expect([row.outcome, codes(row).at(-1)]).toEqual(['rejected', 'NAME_TAKEN']);
    expect(row.messages.at(-1)).toMatchObject({ key: 'row.computerNameTaken' });
    expect((await stage.rows(run)).find((one) => one.name === 'PC-NYC-002')?.outcome).toBe('changed');

    await stage.undo(run.id);
    await stage.until(run.id, 'undone');
    const made = await stage.computers.findByNames(TENANT, ['PC-NYC-001', 'PC-NYC-002']);
    for (const { id, revision } of made) await stage.computers.remove(id, revision);
  });

  it('keeps its DP, says how to change it, and is left alone once it is registered', async () => {
    const directory = await directoryOf(unit('New York'));
    const first = await stage.importDirectory(directory, { dp: 'site-a' });
    const registered = await computer('PC-NYC-001');
    await stage.computers.replaceMany([
      { ...registered, state: 'ready', dp: { ...registered.dp, fixed: null, assigned: 'site-a' as DpId } },
    ]);

    const run = await stage.previewDirectory(directory, { dp: 'site-b' });
    expect(run.counts).toMatchObject({ rejected: first.counts.new - 1, known: 1, new: 0, changed: 0 });
    expect(await rowOf(run, 'PC-NYC-002')).toMatchObject({
      verdict: 'rejected',
      messages: [{ code: 'DP_FIXED', key: 'row.dpFixedTo' }],
    });
    expect(codes(await rowOf(run, 'PC-NYC-001'))).toContain('REGISTERED');
    await stage.commit(run.id);
    await stage.until(run.id, 'committed');
    expect((await computer('PC-NYC-001')).dp).toMatchObject({ fixed: null, assigned: 'site-a' });
    expect((await computer('PC-NYC-002')).dp).toMatchObject({ fixed: 'site-a' });
  });

  it('is reported when it is missing, and never deleted; many missing ones need a word', async () => {
    const directory = await directoryOf(unit('München'));
    const { counts } = await stage.importDirectory(directory);
    const gone = ['PC-MUC-001', 'PC-MUC-002', 'PC-MUC-003', 'PC-MUC-004'];
    const read = (options: ImportOptions = {}): Promise<ImportRun> =>
      stage.previewDirectory(directory, { options });

    await admin.del(`CN=${gone[0]},${clients('München')}`);
    const few = await read();
    const { id } = await computer('PC-MUC-001');
    expect(few).toMatchObject({
      counts: { missing: 1 },
      knownBefore: counts.new,
      missing: [{ computer: id, name: 'PC-MUC-001' }],
    });
    expect(few.messages.map(({ code }) => code)).toContain('MISSING');
    await stage.commit(few.id);
    await stage.until(few.id, 'committed');
    expect((await computer('PC-MUC-001')).state).toBe('imported');

    for (const name of gone.slice(1)) await admin.del(`CN=${name},${clients('München')}`);
    const many = await read();
    expect(many.counts.missing).toBe(4);
    await expect(stage.commit(many.id)).rejects.toMatchObject({ code: 'WRONG_STATE' });
    await stage.commit(many.id, true);
    await stage.until(many.id, 'committed');
    expect((await computer('PC-MUC-004')).state).toBe('imported');

    // A part of the directory says nothing of the rest
    const part = { bases: [`OU=Außenstelle Fürth,${unit('München')}`] };
    for (const options of [part, { filter: '(cn=PC-MUC-005)' }]) {
      expect(await read(options)).toMatchObject({ counts: { missing: 0 }, knownBefore: null });
    }
    // but what the import leaves out has been seen
    expect(await read({ osPattern: 'BeOS' })).toMatchObject({ counts: { missing: 4 } });
  });

  it('is rejected when its name belongs to another object of the directory', async () => {
    const directory = await directoryOf(`OU=Servers,${base}`);
    await stage.importDirectory(directory);
    const dn = `CN=SRV-SQL-01,OU=Servers,${base}`;
    await admin.del(dn);
    await admin.add(dn, {
      objectClass: 'computer',
      sAMAccountName: 'SRV-SQL-01$',
      userAccountControl: '4096',
      dNSHostName: 'srv-sql-01.corp.relaypoint.test',
    });
    const run = await stage.previewDirectory(directory);
    expect(await rowOf(run, 'SRV-SQL-01')).toMatchObject({
      verdict: 'rejected',
      messages: [{ code: 'NAME_TAKEN' }],
    });
    expect(run.counts.missing).toBe(1);
  });
});
