import { getConnectionToken } from '@nestjs/mongoose';
import { connect } from 'amqplib';
import type { Connection } from 'mongoose';
import { importCommand, type ImportCommand } from '#contract';
import { NO_INVENTORY, type ImportRow, type ImportRun, type ImportRunId } from '#domain';
import { QUEUES } from '#messaging';
import { BlobStore, ImportRowRepository, ImportRunRepository } from '#persistence';
import { eventually } from '../../../../../tools/testing/eventually.js';
import { enabledDp } from '../../../testing/fixtures.js';
import { startTestServer, type Answer, type TestServer } from '../../../testing/test-server.js';

const IMPORTS = '/api/v1/imports';
const CSV = 'Name;Beschreibung\r\nPC-1;Empfang\r\nPC-2;Büro\r\n';

let server: TestServer;
let commands: { pattern: string; data: ImportCommand }[];
let closeBroker: () => Promise<void>;

beforeAll(async () => {
  server = await startTestServer({ IMPORT_MAX_BYTES: '200000' });
  await enabledDp(server, 'munich');
  const connection = await connect(server.vhost.url, { noDelay: true });
  const channel = await connection.createChannel();
  await channel.assertQueue(QUEUES.imports);
  commands = [];
  await channel.consume(QUEUES.imports, (message) => {
    if (message) commands.push(JSON.parse(message.content.toString()));
  });
  closeBroker = () => connection.close();
});
afterAll(async () => {
  await closeBroker();
  await server.stop();
});

const BOUNDARY = 'form-boundary';
type Field = readonly [name: string, value: string, file?: string];
function form(fields: readonly Field[], headers: Record<string, string> = {}): Promise<Answer> {
  const parts = fields.map(([name, value, file]) => {
    const disposition = `form-data; name="${name}"${file === undefined ? '' : `; filename="${file}"`}`;
    return `--${BOUNDARY}\r\nContent-Disposition: ${disposition}\r\n\r\n${value}\r\n`;
  });
  return server.call('POST', IMPORTS, {
    payload: `${parts.join('')}--${BOUNDARY}--\r\n`,
    headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}`, ...headers },
  });
}
const upload = (...further: Field[]): Promise<Answer> =>
  form([['source', 'csv'], ['tenant', 'default'], ...further, ['file', CSV, 'computers.csv']]);

const commandOf = (run: string, pattern: string) =>
  eventually(() => {
    const found = commands.find((one) => one.data.run === run && one.pattern === pattern);
    expect(found).toBeDefined();
    return found;
  });

async function setRun(id: string, fields: Partial<ImportRun>): Promise<void> {
  const runs = server.app.get(ImportRunRepository);
  const run = await runs.findById('all', id as ImportRunId);
  if (!run || !(await runs.replace({ ...run, ...fields }))) throw new Error('the run was not there');
}

async function blobText(id: string): Promise<string> {
  const run = await server.app.get(ImportRunRepository).findById('all', id as ImportRunId);
  const chunks: Buffer[] = [];
  for await (const chunk of server.app.get(BlobStore).read(run?.file?.blob ?? ''))
    chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

describe('an upload', () => {
  it('makes a queued run, stores the file as it is, and tells an importer', async () => {
    const answer = await upload(['dp', 'munich'], ['options', '{"delimiter": ";", "columns": {"name": 0}}']);
    expect(answer).toMatchObject({
      status: 202,
      headers: { location: `${IMPORTS}/${answer.body.id}` },
      body: {
        source: 'csv',
        tenant: 'default',
        dp: 'munich',
        state: 'queued',
        file: { name: 'computers.csv', size: Buffer.byteLength(CSV) },
        options: { delimiter: ';', columns: { name: 0 } },
        requestedBy: 'environment',
      },
    });
    expect(await blobText(answer.body.id)).toBe(CSV);
    const command = await commandOf(answer.body.id, 'import.read');
    expect(() => importCommand.parse(command?.data)).not.toThrow();
  });

  it('is taken whatever the order of its fields', async () => {
    const answer = await form([
      ['file', CSV, '../../etc/passwd'],
      ['tenant', 'default'],
      ['source', 'csv'],
      ['dp', ''],
    ]);
    expect(answer).toMatchObject({ status: 202, body: { dp: null, state: 'queued' } });
  });

  it.each<[string, readonly Field[], string]>([
    [
      'an unknown tenant',
      [
        ['source', 'csv'],
        ['tenant', 'nowhere'],
        ['file', CSV, 'f.csv'],
      ],
      'tenant',
    ],
    [
      'an unknown DP',
      [
        ['source', 'csv'],
        ['tenant', 'default'],
        ['dp', 'nowhere'],
        ['file', CSV, 'f.csv'],
      ],
      'dp',
    ],
    [
      'no file',
      [
        ['source', 'csv'],
        ['tenant', 'default'],
      ],
      'file',
    ],
    [
      'an unknown field',
      [
        ['source', 'csv'],
        ['tenant', 'default'],
        ['x', '1'],
        ['file', CSV, 'f.csv'],
      ],
      'x',
    ],
    [
      'a second file',
      [
        ['source', 'csv'],
        ['tenant', 'default'],
        ['file', CSV, 'f'],
        ['other', CSV, 'g'],
      ],
      'other',
    ],
    [
      'broken options',
      [
        ['source', 'csv'],
        ['tenant', 'default'],
        ['options', '{'],
        ['file', CSV, 'f'],
      ],
      'options',
    ],
    [
      'an unknown option',
      [
        ['source', 'csv'],
        ['tenant', 'default'],
        ['options', '{"columns":{"foo":1}}'],
        ['file', CSV, 'f'],
      ],
      'options.columns',
    ],
  ])('is refused with %s', async (_, fields, path) => {
    const answer = await form(fields);
    expect(answer).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
    expect(answer.body.errors.map((fault: { path: string }) => fault.path)).toContain(path);
  });

  it('is refused when it is too large, and leaves nothing', async () => {
    const answer = await form([
      ['source', 'csv'],
      ['tenant', 'default'],
      ['file', 'x'.repeat(250_000), 'big.csv'],
    ]);
    expect(answer).toMatchObject({ status: 413, body: { code: 'TOO_LARGE' } });
    const { db } = server.app.get<Connection>(getConnectionToken());
    expect(await db?.collection('blobs.files').findOne({ filename: 'big.csv' })).toBeNull();
  });

  it('is taken once under an Idempotency-Key, and refused with another file under the same', async () => {
    const headers = { 'idempotency-key': 'upload-1' };
    const fields: Field[] = [
      ['source', 'csv'],
      ['tenant', 'default'],
      ['file', CSV, 'a.csv'],
    ];
    const first = await form(fields, headers);
    const again = await form(fields, headers);
    expect(again).toMatchObject({ status: 202, body: { id: first.body.id } });
    const other = await form(
      [
        ['source', 'csv'],
        ['tenant', 'default'],
        ['file', `${CSV}PC-3;x\r\n`, 'a.csv'],
      ],
      headers,
    );
    expect(other).toMatchObject({ status: 422 });
    expect(await blobText(first.body.id)).toBe(CSV);
  });
});

describe('an import from a directory', () => {
  it('names a known one', async () => {
    expect(await server.post(IMPORTS, { source: 'ad', tenant: 'default' })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'directory' }] },
    });
    expect(await server.post(IMPORTS, { source: 'ad', tenant: 'default', directory: 'nope' })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'directory' }] },
    });
  });
});

describe('the next steps', () => {
  it('are refused before the preview, and asked of an importer afterwards', async () => {
    const { id } = (await upload()).body;
    expect(await server.post(`${IMPORTS}/${id}/commit`)).toMatchObject({
      status: 409,
      body: { code: 'WRONG_STATE' },
    });
    await setRun(id, { state: 'previewed' });
    expect(await server.post(`${IMPORTS}/${id}/commit`, {})).toMatchObject({
      status: 202,
      body: { state: 'committing' },
    });
    await commandOf(id, 'import.commit');
    expect(await server.post(`${IMPORTS}/${id}/discard`)).toMatchObject({ status: 409 });
    await setRun(id, { state: 'committed' });
    expect(await server.post(`${IMPORTS}/${id}/undo`)).toMatchObject({
      status: 202,
      body: { state: 'committed', undo: { requestedBy: 'environment', at: null } },
    });
    await commandOf(id, 'import.undo');
  });

  it('say when many computers of the directory are missing, and commit then only when told to', async () => {
    const { id, counts } = (await upload()).body;
    await setRun(id, { state: 'previewed', knownBefore: 10, counts: { ...counts, missing: 3 } });
    expect((await server.get(`${IMPORTS}/${id}`)).body).toMatchObject({ needsConfirmDrop: false });
    await setRun(id, { counts: { ...counts, missing: 4 } });
    expect((await server.get(`${IMPORTS}/${id}`)).body).toMatchObject({ needsConfirmDrop: true });
    expect(await server.post(`${IMPORTS}/${id}/commit`)).toMatchObject({ status: 409 });
    const confirmed = await server.post(`${IMPORTS}/${id}/commit`, { confirmDrop: true });
    expect(confirmed).toMatchObject({ status: 202, body: { state: 'committing', needsConfirmDrop: false } });
  });

  it('throw a preview away, or read it again', async () => {
    const { id } = (await upload()).body;
    await setRun(id, { state: 'previewed' });
    expect(await server.post(`${IMPORTS}/${id}/read`, { options: { header: false } })).toMatchObject({
      status: 202,
      body: { state: 'queued', options: { header: false } },
    });
    expect(await server.post(`${IMPORTS}/${id}/discard`)).toMatchObject({
      status: 202,
      body: { state: 'discarded' },
    });
    await commandOf(id, 'import.discard');
  });
});

describe('the preview', () => {
  it('shows rows by verdict and outcome, and rejected ones as CSV with the reason', async () => {
    const { id } = (await upload()).body;
    const row = (line: number, fields: Partial<ImportRow>): ImportRow => ({
      id: `${id}:${line}`,
      run: id,
      tenant: 'default' as ImportRow['tenant'],
      line,
      verdict: 'new',
      name: `PC-${line}`,
      hostName: `PC-${line}`,
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
      raw: [`PC-${line}`, 'x'],
      ...fields,
    });
    const message = { code: 'NAME_FORMULA', severity: 'error', text: 'Line 3: is a formula' } as const;
    const gone = { code: 'UNKNOWN_DP', severity: 'error', text: 'Line 4: DP deleted meanwhile' } as const;
    await server.app
      .get(ImportRowRepository)
      .insertNew([
        row(2, {}),
        row(3, { verdict: 'rejected', warned: true, raw: ['=cmd', 'x'], messages: [message] }),
        row(4, { outcome: 'rejected', messages: [gone] }),
      ]);
    await setRun(id, {
      state: 'previewed',
      columns: [
        { index: 0, header: 'Name', samples: [] },
        { index: 1, header: 'Text', samples: [] },
      ],
      detected: {
        encoding: 'windows-1252',
        delimiter: ';',
        header: true,
        columns: { name: 0 },
      },
    });
    expect(await server.get(`${IMPORTS}/${id}/rows?verdict=rejected`)).toMatchObject({
      status: 200,
      body: { total: 1, items: [{ line: 3, verdict: 'rejected', messages: [{ code: 'NAME_FORMULA' }] }] },
    });
    expect(await server.get(`${IMPORTS}/${id}/rows?outcome=rejected`)).toMatchObject({
      status: 200,
      body: { total: 1, items: [{ line: 4, verdict: 'new', outcome: 'rejected' }] },
    });
    expect(await server.get(`${IMPORTS}/${id}/rows?warned=true`)).toMatchObject({ body: { total: 1 } });
    const csv = await server.get(`${IMPORTS}/${id}/rejected.csv`);
    expect(csv).toMatchObject({ status: 200, headers: { 'content-type': 'text/csv; charset=windows-1252' } });
    expect(csv.text).toContain(`'=cmd;x;3;Line 3: is a formula`);
    expect(csv.text).toContain('PC-4;x;4;Line 4: DP deleted meanwhile');
    expect(csv.text).not.toContain('PC-2');
  });

  it('of another tenant does not exist', async () => {
    const { id } = (await upload()).body;
    await server.post('/api/v1/tenants', { id: 'acme', name: 'Acme' });
    const { token } = (
      await server.post('/api/v1/api-tokens', { label: 'a', role: 'operator', tenants: ['acme'] })
    ).body;
    for (const path of ['', '/rows', '/rejected.csv']) {
      expect(await server.get(`${IMPORTS}/${id}${path}`, { token })).toMatchObject({ status: 404 });
    }
    expect((await server.get(IMPORTS, { token })).body).toEqual({ items: [], next: null, total: 0 });
  });
});
