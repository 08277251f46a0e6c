// npm run bench directory-delta: what a sync of a large directory costs in which hardly anything has changed
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Attribute, Change, Client } from 'ldapts';
import { anyFreePort } from '../tools/peers/ports.ts';
import { apiOf, memoryOf, say, share, startPrograms, takeGround, type Api } from './programs.ts';

const COMPUTERS = 100_000;
const CHANGED = 10;
/** The aim of a sync with so many changes, in seconds. */
const AIM_S = 5;
const SLAPD = join(import.meta.dirname, '..', 'tools', 'peers', 'slapd.ts');

interface Line {
  result: string;
  kind: string | null;
  since: string;
  at: string;
  counts: { rows: number };
}
type Fact = (name: string) => string;

const ground = await takeGround();
const state = mkdtempSync(join(tmpdir(), 'bench-slapd-'));
const slapd = (...args: string[]): string =>
  execFileSync(process.execPath, [SLAPD, ...args, '--state', state], { encoding: 'utf8' });
try {
  const ports = ['--port', `${await anyFreePort()}`, '--ldaps-port', `${await anyFreePort()}`];
  const pairs = slapd('start', ...ports, '--computers', `${COMPUTERS}`)
    .trim()
    .split(' ');
  const facts = new Map(
    pairs.map((pair) => [pair.split('=', 1)[0] ?? '', pair.slice(pair.indexOf('=') + 1)]),
  );
  const fact: Fact = (name) => facts.get(name) ?? '';
  const token = `rlp_${randomBytes(32).toString('base64url')}`;
  const programs = await startPrograms(ground, token);
  const api = apiOf(programs[0]?.url ?? '', token);
  const { id } = await api<{ id: string }>('POST', '/directories', {
    name: 'bench',
    tenant: 'default',
    url: fact('LDAPS_URL'),
    caPem: readFileSync(fact('CA_FILE'), 'utf8'),
    bindDn: fact('BIND_DN'),
    bindPassword: fact('PASSWORD'),
    bases: [fact('BASE_DN')],
    policy: 'commit',
    dp: 'server',
  });
  const first = await sync(api, id, true);
  say(
    `first sync of ${COMPUTERS} computers, preview and commit: ${secondsOf(first).toFixed(1)} s (${first.result})`,
  );
  const full = await sync(api, id, true);
  say(
    `pass over everything, nothing new: ${secondsOf(full).toFixed(1)} s (${full.result}, ${full.counts.rows} rows)`,
  );
  await change(fact);
  const delta = await sync(api, id, false);
  if (delta.kind !== 'delta' || delta.counts.rows !== CHANGED) throw new Error(JSON.stringify(delta));
  const ratio = secondsOf(delta) / secondsOf(full);
  say(
    `sync with ${CHANGED} changes: ${secondsOf(delta).toFixed(1)} s (${delta.result}), ${share(ratio)} of it; aim ${AIM_S} s`,
  );
  for (const { name, child } of programs) say(`memory of ${name}: ${memoryOf(child.pid ?? 0)}`);
} finally {
  slapd('wipe');
  await ground.stop();
}

/** Syncs at once, and waits until its line is there. */
async function sync(api: Api, directory: string, full: boolean): Promise<Line> {
  const asked = new Date().toISOString();
  await api('POST', `/directories/${directory}/sync`, { full });
  for (;;) {
    const { last, runningSince } = await api<{ last: Line | null; runningSince: string | null }>(
      'GET',
      `/directories/${directory}/sync`,
    );
    if (last && !runningSince && last.at > asked) return last;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Lines in a row that changed nothing are one: each of these calls makes one of its own kind. */
function secondsOf({ since, at }: Line): number {
  return (Date.parse(at) - Date.parse(since)) / 1000;
}

/** As a domain controller counts changes on. */
async function change(fact: Fact): Promise<void> {
  const client = new Client({
    url: fact('LDAPS_URL'),
    tlsOptions: { ca: readFileSync(fact('CA_FILE'), 'utf8') },
  });
  await client.bind(fact('ADMIN_DN'), fact('ADMIN_PASSWORD'));
  const { searchEntries } = await client.search(fact('BASE_DN'), {
    filter: `(&(objectCategory=computer)(!(userAccountControl:1.2.840.113556.1.4.803:=2)))`,
    attributes: ['cn'],
    sizeLimit: CHANGED,
  });
  for (const [index, { dn }] of searchEntries.entries()) {
    const replace = (type: string, value: string): Change =>
      new Change({ operation: 'replace', modification: new Attribute({ type, values: [value] }) });
    await client.modify(dn, [
      replace('description', `changed ${index}`),
      replace('uSNChanged', String(20_000 + COMPUTERS + index)),
    ]);
  }
  await client.unbind();
}
