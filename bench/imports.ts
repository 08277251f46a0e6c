// npm run bench imports: BENCH_ROWS rows of a CSV file, up to the stored preview and up to the committed computers.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, createReadStream, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { domainToASCII } from 'node:url';
import { parse } from 'csv-parse';
import { mongo } from 'mongoose';
import {
  apiOf,
  memoryOf,
  say,
  share,
  startPrograms,
  takeGround,
  until,
  type Api,
  type Program,
} from './programs.ts';

const ROWS = Number(process.env['BENCH_ROWS'] ?? 100_000);
const DPS = 20;
const HEADER = 'Name;DNSName;IPv4Address;DP;OperatingSystem;Description;Location';

const line = (row: number): string =>
  `PC-${row};pc-${row}.corp.relaypoint.test;10.${(row >> 16) & 255}.${(row >> 8) & 255}.${row & 255};dp-${row % DPS};` +
  `Windows 11 Enterprise;"Gerät ${row}; ""Büro""";Haus ${row % 7}`;

/** Rows per second of csv-parse alone, which answers with arrays of cells. */
async function byCsvParse(file: string): Promise<number> {
  const started = performance.now();
  let rows = 0;
  for await (const _ of createReadStream(file).pipe(parse({ delimiter: ';', bom: true, trim: true })))
    rows += 1;
  return perSecond(rows - 1, started);
}

/** Rows per second of the importer's own reading: encoding, records, and every rule for the row; without the database. */
async function byReader(file: string): Promise<number> {
  const folder = join(import.meta.dirname, '..', 'dist');
  const load = async <T>(path: string): Promise<T> => (await import(join(folder, path))) as T;
  const { decodedText } = await load<typeof import('../apps/importer/src/reading/csv/decoded-text.js')>(
    'apps/importer/src/reading/csv/decoded-text.js',
  );
  const { detectEncoding } = await load<typeof import('../apps/importer/src/reading/csv/encoding.js')>(
    'apps/importer/src/reading/csv/encoding.js',
  );
  const { openCsv } = await load<typeof import('../apps/importer/src/reading/csv/csv-file.js')>(
    'apps/importer/src/reading/csv/csv-file.js',
  );
  const { readRow } = await load<typeof import('../libs/domain/src/index.js')>('libs/domain/src/index.js');
  const started = performance.now();
  const encoding = await detectEncoding(createReadStream(file), undefined);
  const text = decodedText(createReadStream(file), encoding, false);
  const csv = await openCsv(text, encoding, {}, domainToASCII);
  let good = 0;
  for await (const record of csv.rows) {
    if (record.kind === 'cells' && readRow(record.cells, record.line, csv.layout, domainToASCII).ok)
      good += 1;
  }
  if (good !== ROWS) throw new Error(`${good} of ${ROWS} rows were read`);
  return perSecond(good, started);
}

/** Rows like the preview's written by the driver alone, with their indexes, in batches of 1,000. */
async function byDriver(uri: string): Promise<number> {
  const client = await mongo.MongoClient.connect(uri, { retryWrites: false });
  const rows = client.db('bench').collection<{ _id: string }>('bareRows');
  await rows.createIndex({ run: 1, line: 1 });
  await rows.createIndex({ run: 1, verdict: 1, line: 1 });
  const cells = (row: number): string[] => line(row).split(';');
  const started = performance.now();
  for (let first = 0; first < ROWS; first += 1000) {
    await rows.insertMany(
      Array.from({ length: Math.min(1000, ROWS - first) }, (_, index) => ({
        _id: `bench:${first + index}`,
        revision: 0,
        run: 'bench',
        tenant: 'default',
        line: first + index,
        verdict: 'new',
        name: `PC-${first + index}`,
        identity: `name:pc-${first + index}`,
        newComputer: randomBytes(16).toString('hex'),
        inventory: { os: 'Windows 11 Enterprise', description: `Gerät ${first + index}`, location: 'Haus' },
        messages: [],
        raw: cells(first + index),
      })),
      { ordered: false },
    );
  }
  const rate = perSecond(ROWS, started);
  await rows.drop();
  await client.close();
  return rate;
}

const perSecond = (count: number, started: number): number => (count * 1000) / (performance.now() - started);

async function byImport(api: Api, file: Blob): Promise<{ preview: number; commit: number }> {
  const form = new FormData();
  form.set('source', 'csv');
  form.set('tenant', 'default');
  form.set('file', file, 'bench.csv');
  const uploaded = performance.now();
  const { id } = await api<{ id: string }>('POST', '/imports', form);
  await until(api, id, 'previewed');
  const preview = (performance.now() - uploaded) / 1000;
  const { counts } = await api<{ counts: { new: number } }>('GET', `/imports/${id}`);
  if (counts.new !== ROWS) throw new Error(`${counts.new} of ${ROWS} rows are new`);
  const committed = performance.now();
  await api('POST', `/imports/${id}/commit`, {});
  await until(api, id, 'committed');
  return { preview, commit: (performance.now() - committed) / 1000 };
}

const ground = await takeGround();
const programs: Program[] = [];
const folder = mkdtempSync(join(tmpdir(), 'bench-imports-'));
try {
  const file = join(folder, 'computers.csv');
  const content = [HEADER, ...Array.from({ length: ROWS }, (_, row) => line(row))].join('\r\n');
  writeFileSync(file, content);
  const bare = await byCsvParse(file);
  const read = await byReader(file);
  say(
    `csv-parse alone: ${Math.round(bare)} rows/s; read and checked: ${Math.round(read)} rows/s, ${share(read / bare)} of it`,
  );
  const inserts = await byDriver(ground.database.uri);

  const token = `rlp_${randomBytes(32).toString('base64url')}`;
  programs.push(...(await startPrograms(ground, token)));
  const api = apiOf(programs[0]?.url ?? '', token);
  for (let dp = 0; dp < DPS; dp += 1) {
    await api('POST', '/distribution-points', { id: `dp-${dp}`, name: `dp-${dp}`, tenant: null });
  }
  const { preview, commit } = await byImport(api, new Blob([content]));
  say(
    `preview of ${ROWS} rows: ${preview.toFixed(1)} s, ${Math.round(ROWS / preview)} rows/s; ` +
      `inserted by the driver alone: ${Math.round(inserts)} rows/s, ${share(ROWS / preview / inserts)} of it`,
  );
  say(`commit of ${ROWS} computers: ${commit.toFixed(1)} s, ${Math.round(ROWS / commit)} computers/s`);
  for (const { name, child } of programs) say(`memory of ${name}: ${memoryOf(child.pid ?? 0)}`);
} finally {
  await ground.stop();
  rmSync(folder, { recursive: true, force: true });
}
