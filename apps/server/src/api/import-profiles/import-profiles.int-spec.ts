import { NO_INVENTORY, type ImportRow, type ImportRun, type ImportRunId } from '#domain';
import { ImportRowRepository, ImportRunRepository } from '#persistence';
import { enabledDp } from '../../../testing/fixtures.js';
import { startTestServer, type TestServer } from '../../../testing/test-server.js';

const PROFILES = '/api/v1/import-profiles';
type Values = readonly (readonly [value: string, dp: string])[];

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  for (const dp of ['north', 'south', 'west']) await enabledDp(server, dp);
});
afterAll(() => server.stop());

/** An import in its preview that was told where the sites of its file go. */
async function previewed(column: string, sites: readonly string[], values: Values): Promise<string> {
  const boundary = 'form-boundary';
  const parts = [
    'name="source"\r\n\r\ncsv',
    'name="tenant"\r\n\r\ndefault',
    'name="file"; filename="sites.csv"\r\n\r\nName;Site;Room\r\n',
  ].map((part) => `--${boundary}\r\nContent-Disposition: form-data; ${part}\r\n`);
  const { id } = (
    await server.call('POST', '/api/v1/imports', {
      payload: `${parts.join('')}--${boundary}--\r\n`,
      headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    })
  ).body as { id: string };
  const rows = sites.map((site, index): ImportRow => {
    const name = `PC-${index}`;
    return {
      id: `${id}:${index + 2}`,
      run: id as ImportRunId,
      tenant: 'default' as ImportRow['tenant'],
      line: index + 2,
      verdict: 'new',
      name,
      hostName: name,
      fqdn: null,
      address: null,
      identity: null,
      dp: null,
      inventory: NO_INVENTORY,
      messages: [],
      warned: false,
      computer: null,
      newComputer: null,
      changes: [],
      outcome: null,
      raw: [name, site, site],
    };
  });
  await server.app.get(ImportRowRepository).insertNew(rows);
  const runs = server.app.get(ImportRunRepository);
  const run = await runs.findById('all', id as ImportRunId);
  if (!run) throw new Error('the run was not there');
  const fields: Partial<ImportRun> = {
    state: 'previewed',
    columns: ['Name', 'Site', 'Room'].map((header, index) => ({ index, header, samples: [] })),
    detected: { encoding: 'utf-8', delimiter: ';', header: true, columns: { name: 0 } },
    options: {
      mapping: {
        column,
        values: values.map(([value, dp]) => ({
          value,
          target: 'dp',
          dp: dp as NonNullable<ImportRun['dp']>,
        })),
      },
    },
  };
  await runs.replace({ ...run, ...fields });
  return id;
}

describe('a profile that takes over what a later import was told', () => {
  it('keeps the values of the column that the later file does not have', async () => {
    const first = await previewed(
      'Site',
      ['North', 'South', 'West'],
      [
        ['North', 'north'],
        ['South', 'south'],
        ['West', 'west'],
      ],
    );
    const made = await server.post(PROFILES, { name: 'sites', run: first });
    expect(made).toMatchObject({ status: 201, body: { mapping: { column: 'Site' } } });
    const profile = `${PROFILES}/${made.body.id}`;

    // of the west, which is in this file, nothing is said any more
    const later = await previewed('Site', ['north', 'West'], [['north', 'south']]);
    const changed = await server.call('PATCH', profile, { body: { run: later } });
    expect(changed).toMatchObject({ status: 200 });
    expect(changed.body.mapping).toEqual({
      column: 'Site',
      values: [
        { value: 'South', target: 'dp', dp: 'south' },
        { value: 'north', target: 'dp', dp: 'south' },
      ],
    });

    const other = await previewed('Room', ['1'], [['1', 'west']]);
    expect((await server.call('PATCH', profile, { body: { run: other } })).body.mapping).toEqual({
      column: 'Room',
      values: [{ value: '1', target: 'dp', dp: 'west' }],
    });
  });
});
