import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { mongo } from 'mongoose';
import {
  type ChainRemoval,
  type Checkpoint,
  generateSigningKeyPair,
  type KeyPair,
  loadKeyFile,
  serverKeyFingerprint,
} from '#sealing';
import { checkpointOf, linked, type LinkedRow } from '../../../../libs/sealing/testing/sample-chain.js';
import { AdminStage } from '../../testing/admin-stage.js';
import { SIGNING_FILE } from '../keys/key-files.js';

type Stored = { _id: string } & Record<string, unknown>;

describe('relaypoint-admin verify-audit', () => {
  let stage: AdminStage;
  let pair: KeyPair;
  let rows: LinkedRow[];
  let checkpoints: Checkpoint[];

  const collection = (name: string): mongo.Collection<Stored> => stage.db.collection<Stored>(name);
  const verify = (...args: string[]) => stage.run(['verify-audit', ...args]);

  /** As a server leaves it: 30 entries, a checkpoint after each ten of the first twenty. */
  beforeEach(async () => {
    stage = new AdminStage();
    await stage.withKeys();
    const kept = await loadKeyFile(join(stage.state, 'keys', SIGNING_FILE), 'ed25519');
    if (!kept) throw new Error('no key');
    pair = kept;
    rows = linked(
      Array.from({ length: 30 }, (_, n) => ({ id: `e-${n + 1}`, at: new Date(), action: 'a', data: { n } })),
    );
    checkpoints = [];
    for (const at of [9, 19]) checkpoints.push(checkpointOf(rows[at]!.link, checkpoints.at(-1), pair));
    await collection('audit').insertMany(
      rows.map(({ row: { id, ...fields }, link }) => ({ _id: id, revision: 0, ...fields, chain: link })),
    );
    await collection('auditCheckpoints').insertMany(
      checkpoints.map((one) => ({ _id: String(one.number).padStart(12, '0'), revision: 0, ...one })),
    );
    const { sequence, hash } = rows[29]!.link;
    await collection('auditChain').insertOne({ _id: 'head', sequence, hash, pending: [], revision: 1 });
  });
  afterEach(() => stage.end());

  it('says that it holds, and by what', async () => {
    const ended = await verify();
    expect(ended).toMatchObject({ code: 0, said: '' });
    expect(ended.out).toContain('the audit holds\n  entries: 30, up to sequence 30\n');
    expect(ended.out).toContain('checkpoints: 2; signed up to sequence 20');
  });

  it('counts a link that is decided and does not stand on its entry yet', async () => {
    const { sequence: _, ...link } = rows[29]!.link;
    await collection('audit').updateOne({ _id: 'e-30' }, { $unset: { chain: '' } });
    await collection('auditChain').updateOne(
      { _id: 'head' },
      { $set: { pending: [{ entry: 'e-30', sequence: 30, ...link }] } },
    );
    expect(await verify()).toMatchObject({ code: 0 });
    // whoever takes the entry away meanwhile does not get away with it
    await collection('audit').deleteOne({ _id: 'e-30' });
    expect((await verify()).out).toContain('entry 30 is gone from the end of the chain');
  });

  it.each<[string, () => Promise<unknown>, string]>([
    [
      'changed',
      () => collection('audit').updateOne({ _id: 'e-7' }, { $set: { 'data.n': 8 } }),
      'entry 7 (e-7) has been changed',
    ],
    [
      'removed',
      () => collection('audit').deleteMany({ _id: { $in: ['e-7', 'e-8'] } }),
      'entries 7 to 8 are gone',
    ],
    [
      'put in',
      () => collection('audit').insertOne({ _id: 'x', chain: { ...rows[6]!.link } }),
      'entry 7 is there more than once',
    ],
    [
      'put in with a link that is none',
      () => collection('audit').insertOne({ _id: 'x', chain: { sequence: '7' } }),
      'entry x has a link that is none',
    ],
    [
      'cut off',
      () => collection('audit').deleteMany({ 'chain.sequence': { $gt: 28 } }),
      'entries 29 to 30 are gone from the end',
    ],
    [
      'unsigned',
      () => collection('auditCheckpoints').updateOne({ number: 2 }, { $set: { sequence: 21 } }),
      'checkpoint 2 has no signature that counts',
    ],
  ])('finds what was %s, and where', async (_, tamper, text) => {
    await tamper();
    const ended = await verify();
    expect(ended.code).toBe(2);
    expect(ended.out).toContain(text);
    expect(JSON.parse((await verify('--json')).out)).toMatchObject({ faults: expect.any(Array) as unknown });
  });

  it('finds by what a DP kept that everything behind it was cut off and signed away', async () => {
    const newest = await verify('--checkpoint');
    const file = stage.path('audit-witness.ndjson');
    writeFileSync(file, newest.out.split('\n').at(-2) ?? '');
    expect(await verify('--witness', file)).toMatchObject({ code: 0 });
    const { sequence, hash } = rows[9]!.link;
    await collection('audit').deleteMany({ 'chain.sequence': { $gt: 10 } });
    await collection('auditCheckpoints').deleteMany({ number: 2 });
    await collection('auditChain').updateOne({ _id: 'head' }, { $set: { sequence, hash } });
    expect(await verify()).toMatchObject({ code: 0 });
    const ended = await verify('--witness', file);
    expect(ended.code).toBe(2);
    expect(ended.out).toContain('audit-witness.ndjson has seen entry 20, and the chain ends at 10');
    expect(ended.out).toContain('audit-witness.ndjson has seen checkpoint 2, and the last is 1');
  });

  it('tells of entries that no server links, and of those that wait for too long', async () => {
    await stage.db.collection('audit').insertOne({ at: new Date() });
    const foreign = await verify();
    expect(foreign.code).toBe(2);
    expect(foreign.out).toContain('1 entries have an id that no server gives');
    await collection('audit').deleteMany({ chain: { $exists: false } });
    await collection('audit').insertOne({ _id: 'fresh', at: new Date() });
    expect((await verify()).code).toBe(0);
    await collection('audit').insertOne({ _id: 'late', at: new Date(Date.now() - 11 * 60_000) });
    const late = await verify();
    expect(late.code).toBe(2);
    expect(late.out).toContain('1 entries have waited for their link for more than ten minutes');
  });

  it('lists what was removed, and takes it for a fault when no archive has it, and when it is there again', async () => {
    const remove = async (sequence: number, archive: ChainRemoval['archive']): Promise<void> => {
      const removed = { sequence, hash: rows[sequence - 1]!.link.hash, archive };
      checkpoints.push(checkpointOf(rows[29]!.link, checkpoints.at(-1), pair, removed));
      const one = checkpoints.at(-1)!;
      await collection('auditCheckpoints').insertOne({ _id: String(one.number).padStart(12, '0'), ...one });
    };
    await remove(5, { file: 'audit-1-5.ndjson.gz', sha256: 'ab' });
    expect((await verify()).out).toContain('entry 1 (e-1) was removed as a checkpoint says, and is there');
    const plan = { range: { from: 1, to: 5, hash: '' } };
    await collection('retention').insertOne({ _id: 'audit', plan });
    expect((await verify()).code).toBe(0);
    await collection('retention').deleteMany({});
    await collection('audit').deleteMany({ 'chain.sequence': { $lte: 5 } });
    const ended = await verify();
    expect(ended.code).toBe(0);
    expect(ended.out).toMatch(/removed up to 5: \S+Z, checkpoint 3, audit-1-5\.ndjson\.gz, SHA-256 ab\n/);
    await remove(7, null);
    await collection('audit').deleteMany({ 'chain.sequence': { $lte: 7 } });
    const unarchived = await verify();
    expect(unarchived.code).toBe(2);
    expect(unarchived.out).toContain('entries up to 7 were removed without an archive, as checkpoint 4 says');
    expect((await verify('--unarchived')).code).toBe(0);
  });

  it('counts only keys of this machine, and those that are named', async () => {
    const other = generateSigningKeyPair();
    const again = [checkpointOf(rows[9]!.link, undefined, other)];
    await collection('auditCheckpoints').deleteMany({});
    await collection('auditCheckpoints').insertMany(again.map((one) => ({ _id: '000000000001', ...one })));
    const fingerprint = serverKeyFingerprint(other.publicKey);
    await collection('installation').updateOne({ _id: 'server-keys' }, { $set: { signing: fingerprint } });
    expect((await verify()).code).toBe(2);
    expect((await verify('--key', fingerprint)).code).toBe(0);
    mkdirSync(stage.path('nowhere/keys'), { recursive: true });
    const elsewhere = await stage.run(['verify-audit'], { RELAYPOINT_STATE: stage.path('nowhere') });
    expect(elsewhere).toMatchObject({ code: 0, said: expect.stringContaining(fingerprint) as unknown });
  });

  it('ends with 1 where there is nothing to verify, or nothing to verify it by', async () => {
    writeFileSync(stage.path('bad'), 'no JSON\n\n{}\n');
    expect(await verify('--witness', stage.path('bad'), '--witness', stage.path('none'))).toMatchObject({
      code: 1,
      said: expect.stringMatching(
        /bad, line 1: no checkpoint.*bad, line 3: no checkpoint.*none: .*ENOENT/s,
      ) as unknown,
    });
    expect((await verify('--wittness', 'x')).code).toBe(1);
    for (const name of ['audit', 'auditChain', 'auditCheckpoints']) await collection(name).deleteMany({});
    expect(await verify()).toMatchObject({
      code: 1,
      said: expect.stringContaining('no audit yet') as unknown,
    });
  });

  it('stops when it is interrupted', async () => {
    const stop = new AbortController();
    stop.abort();
    expect((await stage.run(['verify-audit'], {}, stop.signal)).code).toBe(130);
  });
});
