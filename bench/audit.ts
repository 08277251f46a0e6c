// npm run bench audit: relaypoint-admin verify-audit over a chain of a million entries, beside what reading and hashing them takes
// alone. Its memory is looked at with a tenth of the entries, and with all of them.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { mongo } from 'mongoose';
import {
  CHAIN_START,
  type Checkpoint,
  checkpointHash,
  checkpointText,
  generateSigningKeyPair,
  linkHash,
  publicKeyText,
  serverKeyFingerprint,
  signText,
} from '#sealing';
import { databaseOn } from '../tools/mongodb-uri.ts';
import { say, share, takeGround } from './programs.ts';

type Stored = { _id: string } & Record<string, unknown>;

const ROOT = join(import.meta.dirname, '..');
const ROWS = Number(process.env['BENCH_ROWS'] ?? 1_000_000);
/** Entries in one write, and between two checkpoints, as a server signs them. */
const BATCH = 1000;

const pair = generateSigningKeyPair();
let end = { sequence: 0, hash: CHAIN_START };
let newest: Checkpoint | null = null;

/** Links further entries, as servers write them. */
async function fill(db: mongo.Db, upTo: number): Promise<void> {
  while (end.sequence < upTo) {
    const documents: Stored[] = [];
    while (documents.length < BATCH && end.sequence < upTo) {
      const sequence = end.sequence + 1;
      const fields = {
        at: new Date(Date.UTC(2026, 0, 1) + sequence * 1000),
        who: { id: `user:u-${sequence % 50}`, name: `user ${sequence % 50}` },
        address: '192.0.2.7',
        action: 'computers.released',
        target: `computer:c-${sequence % 100_000}`,
        tenant: sequence % 2 === 0 ? 'default' : null,
        data: {
          before: { state: 'imported', dp: null },
          after: { state: 'releasing', dp: `dp-${sequence % 500}` },
        },
      };
      const link = { sequence, previous: end.hash, at: fields.at, before: false };
      const hash = linkHash({ ...fields, id: `e-${sequence}` }, link);
      documents.push({ _id: `e-${sequence}`, revision: 0, ...fields, chain: { ...link, hash } });
      end = { sequence, hash };
    }
    await db.collection<Stored>('audit').insertMany(documents, { ordered: false });
    await sign(db);
  }
  await db
    .collection<Stored>('auditChain')
    .replaceOne({ _id: 'head' }, { ...end, pending: [], revision: 1 }, { upsert: true });
}

async function sign(db: mongo.Db): Promise<void> {
  const statement = {
    number: (newest?.number ?? 0) + 1,
    ...end,
    at: new Date(),
    previous: newest ? checkpointHash(newest) : CHAIN_START,
    removed: null,
    key: publicKeyText(pair.publicKey),
  };
  newest = { ...statement, signature: signText(pair.privateKey, checkpointText(statement)) };
  const id = String(newest.number).padStart(12, '0');
  await db.collection<Stored>('auditCheckpoints').insertOne({ _id: id, revision: 0, ...newest });
}

/** Rows a second of a read in the chain's order by the driver, with a SHA-256 over what came: less cannot be done. */
async function bare(db: mongo.Db): Promise<number> {
  const started = performance.now();
  let rows = 0;
  const found = db
    .collection<Stored>('audit')
    .find({ 'chain.sequence': { $gt: 0 } }, { raw: true })
    .sort({ 'chain.sequence': 1 })
    .batchSize(1000);
  for await (const bytes of found) {
    createHash('sha256')
      .update(bytes as unknown as Uint8Array)
      .digest();
    rows += 1;
  }
  if (rows !== end.sequence) throw new Error(`${rows} of ${end.sequence} entries were read`);
  return rows / ((performance.now() - started) / 1000);
}

/** The command, as somebody runs it. */
async function verify(env: NodeJS.ProcessEnv): Promise<{ rate: number; mebibytes: number }> {
  const script = join(ROOT, 'dist', 'apps', 'admin', 'src', 'main.js');
  const key = serverKeyFingerprint(pair.publicKey);
  const started = performance.now();
  const child = spawn(process.execPath, [script, 'verify-audit', '--key', key, '--json'], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let kibibytes = 0;
  const look = setInterval(() => (kibibytes = Math.max(kibibytes, highest(child.pid))), 100);
  let [out, said] = ['', ''];
  child.stdout.on('data', (text: Buffer) => (out += text.toString()));
  child.stderr.on('data', (text: Buffer) => (said += text.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  clearInterval(look);
  const seconds = (performance.now() - started) / 1000;
  if (code !== 0) throw new Error(`verify-audit ended with ${code}: ${out}${said}`);
  const { end: seen } = JSON.parse(out) as { end: { rows: number; signed: number } };
  if (seen.rows !== end.sequence || seen.signed !== end.sequence) throw new Error(`it has seen ${out}`);
  return { rate: seen.rows / seconds, mebibytes: kibibytes / 1024 };
}

/** Largest resident memory of a process, in KiB; 0 once it has ended. */
function highest(pid: number | undefined): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

const ground = await takeGround();
const state = mkdtempSync(join(tmpdir(), 'relaypoint-audit-'));
const uri = databaseOn(ground.database.uri, 'bench-audit');
const client = await mongo.MongoClient.connect(uri);
try {
  const db = client.db();
  await db.collection('audit').createIndex({ 'chain.sequence': 1 });
  const env = {
    MONGODB_URI: uri,
    RELAYPOINT_STATE: state,
    ...(ground.database.standIn || process.env['MONGODB_STAND_IN'] ? { MONGODB_STAND_IN: '1' } : {}),
  };
  await fill(db, Math.ceil(ROWS / 10));
  const few = await verify(env);
  await fill(db, ROWS);
  const alone = await bare(db);
  const all = await verify(env);
  const [load = 0] = loadavg();
  say(`load of the machine: ${load.toFixed(1)}`);
  say(`entries read and hashed by the driver alone: ${Math.round(alone)}/s`);
  say(
    `verify-audit of ${ROWS.toLocaleString('en')} entries: ${Math.round(all.rate)}/s, ${share(all.rate / alone)} of it`,
  );
  say(
    `memory: ${Math.round(few.mebibytes)} MiB with a tenth of them, ${Math.round(all.mebibytes)} MiB with all, ` +
      `${(all.mebibytes / few.mebibytes).toFixed(2)} times`,
  );
} finally {
  await client.db().dropDatabase();
  await client.close();
  rmSync(state, { recursive: true, force: true });
  await ground.stop();
}
