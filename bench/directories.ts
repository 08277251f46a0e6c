import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { Client } from 'ldapts';
import { mongo } from 'mongoose';
import { anyFreePort } from '../tools/peers/ports.ts';
import { until, type Api } from './programs.ts';

const COMPUTERS = 20_000;
const SLAPD = join(import.meta.dirname, '..', 'tools', 'peers', 'slapd.ts');
const ATTRIBUTES = [
  'objectGUID',
  'sAMAccountName',
  'cn',
  'dNSHostName',
  'operatingSystem',
  'operatingSystemVersion',
  'userAccountControl',
  'primaryGroupID',
  'lastLogonTimestamp',
  'pwdLastSet',
  'description',
  'location',
  'memberOf',
];

/** Computers of a directory per second. */
interface Reads {
  /** Read by ldapts alone. */
  bare: number;
  /** Read and checked by the importer's own code, without the database. */
  checked: number;
  /** Rows like theirs written by the driver alone, in batches of 1,000. */
  inserts: number;
  /** Imported up to the stored preview. */
  preview: number;
}

export async function directoryReads(api: Api, mongodb: string): Promise<Reads> {
  const state = mkdtempSync(join(tmpdir(), 'bench-slapd-'));
  const slapd = (...args: string[]): string =>
    execFileSync(process.execPath, [SLAPD, ...args, '--state', state], { encoding: 'utf8' });
  const ports = ['--port', `${await anyFreePort()}`, '--ldaps-port', `${await anyFreePort()}`];
  const facts = new Map(
    slapd('start', ...ports, '--computers', `${COMPUTERS}`)
      .trim()
      .split(' ')
      .map((pair): [string, string] => {
        const at = pair.indexOf('=');
        return [pair.slice(0, at), pair.slice(at + 1)];
      }),
  );
  const fact = (name: string): string => facts.get(name) ?? '';
  try {
    const bare = await byLdapts(fact);
    const checked = await byReader(fact);
    const inserts = await byDriver(mongodb);
    const { id } = await api<{ id: string }>('POST', '/directories', {
      name: 'bench',
      tenant: 'default',
      url: fact('LDAPS_URL'),
      caPem: readFileSync(fact('CA_FILE'), 'utf8'),
      bindDn: fact('BIND_DN'),
      bindPassword: fact('PASSWORD'),
      bases: [fact('BASE_DN')],
    });
    return { bare, checked, inserts, preview: await byImport(api, id) };
  } finally {
    slapd('wipe');
  }
}

async function byLdapts(fact: (name: string) => string): Promise<number> {
  const tlsOptions = { ca: readFileSync(fact('CA_FILE'), 'utf8') };
  const client = new Client({ url: fact('LDAPS_URL'), tlsOptions });
  await client.bind(fact('BIND_DN'), fact('PASSWORD'));
  const started = performance.now();
  let found = 0;
  const pages = client.searchPaginated(fact('BASE_DN'), {
    filter: '(objectCategory=computer)',
    attributes: ATTRIBUTES,
    explicitBufferAttributes: ['objectGUID'],
    paged: { pageSize: 500 },
  });
  for await (const { searchEntries } of pages) found += searchEntries.length;
  const seconds = (performance.now() - started) / 1000;
  await client.unbind();
  if (found !== COMPUTERS) throw new Error(`ldapts found ${found} of ${COMPUTERS} computers`);
  return found / seconds;
}

async function byReader(fact: (name: string) => string): Promise<number> {
  const importer = join(import.meta.dirname, '..', 'dist/apps/importer/src/directory');
  const { DirectorySession } = (await import(
    join(importer, 'directory-session.js')
  )) as typeof import('../apps/importer/src/directory/directory-session.js');
  const { COMPUTER_ATTRIBUTES, COMPUTER_BINARY, computerFilter, readComputerEntry } = (await import(
    join(importer, 'computer-entries.js')
  )) as typeof import('../apps/importer/src/directory/computer-entries.js');
  const directory = {
    url: fact('LDAPS_URL'),
    startTls: false,
    allowPlain: false,
    caPem: readFileSync(fact('CA_FILE'), 'utf8'),
    bindDn: fact('BIND_DN'),
  };
  const session = await DirectorySession.open(directory, fact('PASSWORD'), { allows: () => true });
  const options = { staleDays: 90 };
  const nobody = { include: null, exclude: null, clusterNames: new Set<string>() };
  const exclusion = { options, ...nobody, now: new Date() };
  const started = performance.now();
  let good = 0;
  const search = {
    base: fact('BASE_DN'),
    filter: computerFilter(),
    attributes: COMPUTER_ATTRIBUTES,
    binary: COMPUTER_BINARY,
  };
  for await (const page of session.pages(search)) {
    for (const entry of page) if (readComputerEntry(entry, good + 1, exclusion).ok) good += 1;
  }
  const seconds = (performance.now() - started) / 1000;
  await session.close();
  if (good !== COMPUTERS) throw new Error(`${good} of ${COMPUTERS} computers were read`);
  return good / seconds;
}

/** With the indexes that rows of imports have. */
async function byDriver(uri: string): Promise<number> {
  const client = await mongo.MongoClient.connect(uri, { retryWrites: false });
  const rows = client.db('bench').collection<{ _id: string }>('bareRows');
  await rows.createIndex({ run: 1, line: 1 });
  await rows.createIndex({ run: 1, verdict: 1, line: 1 });
  const row = (line: number): { _id: string } & Record<string, unknown> => ({
    _id: `bench:${line}`,
    revision: 0,
    run: 'bench',
    tenant: 'default',
    line,
    verdict: 'new',
    name: `PC-${line}`,
    fqdn: `pc-${line}.corp.relaypoint.test`,
    identity: `ad:${line}`,
    inventory: {
      os: 'Windows 11 Enterprise',
      version: '10.0',
      description: `Gerät ${line}`,
      ou: 'OU=Clients',
    },
    messages: [{ code: 'NO_DP', severity: 'info', text: 'No distribution point; the server DP installs it' }],
    warned: false,
    raw: [`CN=PC-${line},OU=Clients,DC=corp,DC=relaypoint,DC=test`],
  });
  const started = performance.now();
  for (let first = 0; first < COMPUTERS; first += 1000) {
    await rows.insertMany(
      Array.from({ length: 1000 }, (_, index) => row(first + index)),
      { ordered: false },
    );
  }
  const seconds = (performance.now() - started) / 1000;
  await rows.drop();
  await client.close();
  return COMPUTERS / seconds;
}

async function byImport(api: Api, directory: string): Promise<number> {
  const started = performance.now();
  const { id } = await api<{ id: string }>('POST', '/imports', {
    source: 'ad',
    tenant: 'default',
    directory,
  });
  await until(api, id, 'previewed');
  const seconds = (performance.now() - started) / 1000;
  const { counts } = await api<{ counts: { rows: number } }>('GET', `/imports/${id}`);
  if (counts.rows !== COMPUTERS) throw new Error(`${counts.rows} of ${COMPUTERS} rows`);
  return counts.rows / seconds;
}
