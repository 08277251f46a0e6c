import type { Computer, DirectoryId } from '#domain';
import { importedComputer, registeredComputer } from '../../../testing/fixtures.js';
import { startTestServer, type TestServer } from '../../../testing/test-server.js';

jest.setTimeout(120_000);

const computers = '/api/v1/computers';

describe('computers that are looked for by what is known of them', () => {
  let server: TestServer;
  const found = async (query: string): Promise<string> =>
    (await server.get(`${computers}?sort=name&${query}`)).body.items
      .map(({ name }: Computer) => name)
      .join(' ');

  beforeAll(async () => {
    server = await startTestServer();
    const inventory = { version: null, description: null, location: null, enabled: null, lastLogon: null };
    const directory = { kind: 'ad', run: 'run-1', row: 1, directory: 'd-1' as DirectoryId };
    await importedComputer(server, 'new', null, {
      inventory: {
        ...inventory,
        os: 'Windows 11 Pro',
        ou: 'OU=Sales,DC=example',
        description: 'Reception desk',
      },
    });
    await importedComputer(server, 'failed', null, {
      state: 'install-failed',
      failure: 'DISK_FULL',
      inventory: { ...inventory, os: 'Windows 10', ou: 'OU=Store (north),DC=example' },
    });
    await importedComputer(server, 'busy', null, {
      state: 'releasing',
      source: directory as Computer['source'],
    });
    await registeredComputer(server, 'ready', 'north', '1.2.0');
    await importedComputer(server, 'warned', null, {
      state: 'pending-restart',
      alerts: [{ code: 'RESTART_OVERDUE', at: new Date(), key: 'alert.registrationOverdue', params: {} }],
    });
  }, 120_000);
  afterAll(() => server.stop(), 60_000);

  it.each([
    ['attention=true', 'FAILED WARNED'],
    ['attention=false', 'BUSY NEW READY'],
    ['attention=true&state=imported', ''],
    ['failure=DISK_FULL', 'FAILED'],
    ['failure=AUTH_FAILED', ''],
    // free text: names, operating system, description, OU
    ['text=windows%201', 'FAILED NEW'],
    ['text=reception', 'NEW'],
    ['q=reception', ''],
    ['text=ou%3Dstore', 'FAILED'],
    ['text=fail', 'FAILED'],
    ['os=Windows', 'FAILED NEW'],
    ['os=Windows%2011', 'NEW'],
    ['os=11', ''],
    ['clientVersion=1.2.0', 'READY'],
    ['clientVersion=1.2', ''],
    ['contactBefore=2020-01-01T00:00:00Z', ''],
    ['contactBefore=2999-01-01T00:00:00Z', 'READY'],
    ['directory=d-1', 'BUSY'],
    ['ou=OU%3DSales', 'NEW'],
    // a part, not a pattern
    ['ou=(north)', 'FAILED'],
    ['ou=.*', ''],
    ['os=Windows&ou=Store&attention=true', 'FAILED'],
  ])('%s: %s', async (query, names) => {
    expect(await found(query)).toBe(names);
  });

  it.each([
    'attention=maybe',
    'contactBefore=yesterday',
    'os=',
    'failure=NO_SUCH',
    'sort=os;name',
    'sort=nosuch',
  ])('refuses %s with a typed error', async (query) => {
    expect(await server.get(`${computers}?${query}`)).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION_FAILED' },
    });
  });

  it('go into a file with the columns that are asked for, in their order', async () => {
    const csv = await server.get(`${computers}/export.csv?os=Windows&columns=name,os,state&lang=en`);
    expect(csv.text.trimEnd().split('\r\n')).toEqual([
      '\ufeffComputer name;Operating system;State',
      'FAILED;Windows 10;install-failed',
      'NEW;Windows 11 Pro;imported',
    ]);
    for (const columns of ['name,nosuch', 'name,name', '', '__proto__']) {
      expect(await server.get(`${computers}/export.csv?columns=${columns}`)).toMatchObject({
        status: 400,
        body: { code: 'VALIDATION_FAILED', errors: [{ path: 'columns' }] },
      });
    }
  });
});
