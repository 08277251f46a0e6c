import { once } from 'node:events';
import { createServer } from 'node:net';
import { Attribute, Change } from 'ldapts';
import type { Directory, DirectoryTestStep } from '#domain';
import { describeAsRoot } from '../../../../tools/testing/as-root.js';
import { TestDomain, TestSlapd } from '../../../../tools/testing/directories.js';
import { ImportStage } from '../../testing/import-stage.js';

jest.setTimeout(180_000);

describeAsRoot('the test of a directory', () => {
  let stage: ImportStage;
  let domain: TestDomain;
  let slapd: TestSlapd;

  beforeAll(async () => {
    domain = await TestDomain.start();
    slapd = await TestSlapd.start(2_600);
    stage = await ImportStage.open();
    await stage.startImporter();
  }, 400_000);

  afterAll(async () => {
    await stage?.close();
    await slapd?.stop();
    await domain?.stop();
  }, 60_000);

  interface Wish extends Partial<Directory> {
    password?: string;
  }
  const add = ({ password = domain.fact('PASSWORD'), ...fields }: Wish): Promise<Directory> =>
    stage.addDirectory(
      {
        url: domain.fact('LDAPS_URL'),
        caPem: domain.ca,
        bindDn: domain.fact('BIND_UPN'),
        bases: [domain.fact('BASE_DN')],
        ...fields,
      },
      password,
    );
  const test = async (wish: Wish): Promise<{ steps: DirectoryTestStep[]; count: number | null }> =>
    stage.testDirectory((await add(wish)).id);
  /** What the test says of the step that failed. */
  const fault = async (wish: Wish): Promise<string> => {
    const { steps } = await test(wish);
    const failed = steps.filter(({ ok }) => ok === false);
    const before = steps.slice(0, steps.indexOf(failed[0] ?? ({} as DirectoryTestStep)));
    expect([failed.length, before.filter(({ ok, step }) => ok === null && step !== 'tls')]).toEqual([1, []]);
    return `${failed[0]?.step} ${failed[0]?.code}`;
  };

  it('names each step that went well, and counts the computers', async () => {
    const { steps, count } = await test({});
    expect(steps.map(({ step, ok, code }) => [step, ok, code])).toEqual(
      ['resolve', 'connect', 'tls', 'bind', 'search', 'count'].map((step) => [step, true, null]),
    );
    expect([count, steps.at(-1)?.text]).toEqual([60, '60 computers']);
  });

  it('takes every form of the account, StartTLS, and umlauts', async () => {
    for (const bindDn of [domain.fact('BIND_DN'), 'CORP\\svc-import', `svc-müller@${domain.fact('REALM')}`]) {
      expect([bindDn, (await test({ bindDn })).count]).toEqual([bindDn, 60]);
    }
    const upgraded = await test({ url: domain.fact('URL'), startTls: true });
    expect([upgraded.count, upgraded.steps[2]?.ok]).toEqual([60, true]);
    const filtered = await test({
      filter: '(description=*Zürich*)',
      bases: [`OU=Zürich,OU=Sites,${domain.fact('BASE_DN')}`],
    });
    expect(filtered.count).toBe(5);
  });

  it('tells apart what keeps it from connecting and encrypting', async () => {
    expect(await fault({ url: 'ldaps://no-such-host.invalid' })).toBe('resolve NAME_NOT_RESOLVED');
    expect(await fault({ url: 'ldaps://127.0.0.1:9' })).toBe('connect CONNECT_FAILED');
    expect(await fault({ caPem: null })).toBe('tls TLS_UNTRUSTED');
    expect(await fault({ url: domain.fact('URL'), startTls: true, caPem: null })).toBe('tls TLS_UNTRUSTED');
    expect(await fault({ caPem: slapd.ca })).toBe('tls TLS_UNTRUSTED');
    const { port } = new URL(slapd.fact('LDAPS_URL'));
    expect(await fault({ url: `ldaps://localhost:${port}`, caPem: slapd.ca })).toBe('tls TLS_WRONG_NAME');
    // TLS where nobody speaks it, and the other way round
    expect(await fault({ url: `ldaps://${domain.fact('HOST')}:389` })).toBe('tls TLS_FAILED');
    expect(await fault({ url: domain.fact('URL'), allowPlain: true })).toBe('bind ENCRYPTION_REQUIRED');

    // accepts, and never says anything
    const mute = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
    await once(mute, 'listening');
    try {
      const { port: mutePort } = mute.address() as { port: number };
      expect(await fault({ url: `ldaps://127.0.0.1:${mutePort}` })).toBe('tls TLS_FAILED');
      expect(await fault({ url: `ldap://127.0.0.1:${mutePort}`, startTls: true })).toBe('tls TLS_FAILED');
    } finally {
      mute.close();
    }
  });

  it('gives every refusal of the account its own reason', async () => {
    const realm = domain.fact('REALM');
    const admin = await domain.administrator();
    const user = `CN=svc-müller,CN=Users,${domain.fact('BASE_DN')}`;
    const set = (dn: string, type: string, value: string | Buffer): Promise<void> =>
      admin.modify(
        dn,
        new Change({
          operation: 'replace',
          modification: new Attribute({ type, values: [Buffer.from(value)] }),
        }),
      );

    const account = (name: string): Wish => ({ bindDn: `${name}@${realm}` });
    expect(await fault(account('svc-disabled'))).toBe('bind BIND_DISABLED');
    expect(await fault(account('svc-expired'))).toBe('bind BIND_ACCOUNT_EXPIRED');
    expect(await fault(account('svc-mustchange'))).toBe('bind BIND_MUST_CHANGE_PASSWORD');
    expect(await fault(account('nobody'))).toBe('bind BIND_WRONG_CREDENTIALS');
    expect(await fault({ password: 'wrong' })).toBe('bind BIND_WRONG_CREDENTIALS');
    // before anything is sent
    const { steps } = await test({ password: '' });
    expect(steps.filter(({ ok }) => ok !== null)).toMatchObject([{ step: 'bind', code: 'EMPTY_PASSWORD' }]);

    await set(user, 'logonHours', Buffer.alloc(21));
    expect(await fault(account('svc-müller'))).toBe('bind BIND_LOGON_HOURS');
    await set(user, 'logonHours', Buffer.alloc(21, 255));
    await set(user, 'userWorkstations', 'SOME-OTHER-PC');
    expect(await fault(account('svc-müller'))).toBe('bind BIND_WORKSTATION');
    await set(domain.fact('BASE_DN'), 'lockoutThreshold', '2');
    const locked = { ...account('jdoe'), password: 'wrong' };
    for (let attempt = 0; attempt < 2; attempt += 1) {
      expect(await fault(locked)).toBe('bind BIND_WRONG_CREDENTIALS');
    }
    expect(await fault(locked)).toBe('bind BIND_LOCKED');
    await admin.unbind();
  });

  it('names the base that is not there', async () => {
    const base = domain.fact('BASE_DN');
    const { steps } = await test({ bases: [base, `OU=Nirgends,${base}`] });
    expect(steps[4]).toMatchObject({
      ok: false,
      code: 'BASE_NOT_FOUND',
      text: expect.stringContaining('OU=Nirgends'),
    });
    expect(steps[5]).toMatchObject({ ok: null });
  });

  describe('with a directory of more than 1,000 computers (OpenLDAP)', () => {
    const large = (fields: Wish = {}): Wish => ({
      url: slapd.fact('LDAPS_URL'),
      caPem: slapd.ca,
      bindDn: slapd.fact('BIND_DN'),
      bases: [slapd.fact('BASE_DN')],
      password: slapd.fact('PASSWORD'),
      ...fields,
    });

    it('counts and reads all of them', async () => {
      expect((await test(large())).count).toBe(2_600);
      const directory = await add(large({ url: slapd.fact('URL'), startTls: true }));
      const run = await stage.previewDirectory(directory);
      expect(run).toMatchObject({ state: 'previewed', counts: { rows: 2_600, rejected: 0 } });
      const rows = await stage.rows(run);
      expect(new Set(rows.map(({ identity }) => identity)).size).toBe(2_600);
      // a directory that writes names in its own way, and knows no nesting by itself
      const group = `CN=GG-Site-München,OU=Groups,${slapd.fact('BASE_DN')}`;
      const members = await stage.previewDirectory(directory, { options: { includeGroups: [group] } });
      const ofMunich = rows.filter(({ inventory }) => inventory.description?.endsWith('Büro München'));
      expect(members.counts.new).toBe(ofMunich.filter(({ verdict }) => verdict === 'new').length);
    });

    it('is told in the clear only when that is allowed', async () => {
      const plain = await test(large({ url: slapd.fact('URL'), allowPlain: true }));
      expect([plain.count, plain.steps[2]]).toEqual([
        2_600,
        expect.objectContaining({ step: 'tls', ok: null, text: 'Not encrypted' }),
      ]);
      const { steps } = await test(large({ url: slapd.fact('URL') }));
      expect(steps.filter(({ ok }) => ok !== null)).toMatchObject([{ step: 'bind', code: 'PLAIN_REFUSED' }]);
    });
  });
});
