import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import type { mongo } from 'mongoose';
import { generateSigningKeyPair, loadKeyFile, type KeyPair } from '#sealing';
import { checkpointOf, linked, type LinkedRow } from '../../../../libs/sealing/testing/sample-chain.js';
import { DatabaseBackup } from './database-backup.js';
import { AdminStage } from '../../testing/admin-stage.js';
import { SIGNING_FILE } from '../keys/key-files.js';

type Stored = { _id: string } & Record<string, unknown>;

describe('the audit in a backup', () => {
  let stage: AdminStage;
  let pair: KeyPair;
  let rows: LinkedRow[];
  const collection = (name: string): mongo.Collection<Stored> => stage.db.collection<Stored>(name);

  beforeEach(async () => {
    stage = new AdminStage();
    await stage.withKeys();
    pair =
      (await loadKeyFile(join(stage.state, 'keys', SIGNING_FILE), 'ed25519')) ?? generateSigningKeyPair();
    const entry = { at: new Date(), who: null, address: null, action: 'a', target: 't', tenant: null };
    rows = linked(Array.from({ length: 30 }, (_, n) => ({ id: `e-${n + 1}`, ...entry, data: { n } })));
    await collection('audit').insertMany(
      rows.map(({ row: { id, ...fields }, link }) => ({ _id: id, revision: 0, ...fields, chain: link })),
    );
  });
  afterEach(() => stage.end());

  /** Makes a backup, and does something when the checkpoints have been read, and the audit not yet. */
  const backup = async (meanwhile: () => Promise<unknown>): Promise<string> => {
    const file = stage.path('a.backup');
    // orders are read between both
    const read = jest.spyOn(DatabaseBackup.prototype as unknown as Reader, 'orders');
    read.mockImplementationOnce(async () => {
      await meanwhile();
      return new Map();
    });
    const ended = await stage.run(['backup', '--to', file]);
    read.mockRestore();
    if (ended.code !== 0) throw new Error(ended.said);
    return file;
  };
  const restored = async (file: string): Promise<string> => {
    const ended = await stage.run(['restore', '--from', file, '--replace', '--yes']);
    if (ended.code !== 0) throw new Error(ended.said);
    return (await stage.run(['verify-audit', '--unarchived'])).out;
  };

  it('holds when entries are removed while it is read', async () => {
    const { sequence, hash } = rows[29]!.link;
    const head = { sequence, hash, since: new Date(), adoptedAt: null, pending: [], revision: 1 };
    await collection('auditChain').insertOne({ _id: 'head', ...head });
    const first = checkpointOf(rows[9]!.link, undefined, pair);
    await collection('auditCheckpoints').insertOne({ _id: '000000000001', revision: 0, ...first });
    const file = await backup(async () => {
      const { sequence: last, hash: its } = rows[11]!.link;
      const removed = { sequence: last, hash: its, archive: null };
      const second = checkpointOf(rows[29]!.link, first, pair, removed);
      await collection('auditCheckpoints').insertOne({ _id: '000000000002', revision: 0, ...second });
      await collection('audit').deleteMany({ 'chain.sequence': { $lte: last } });
    });
    expect(await restored(file)).toContain('the audit holds');
  });

  it('is told that it was restored, and verify-audit says by whom, from what and where it was taken back', async () => {
    const head = ({ link: { sequence, hash } }: LinkedRow) => ({ sequence, hash });
    const later = await collection('audit')
      .find({ 'chain.sequence': { $gt: 20 } })
      .toArray();
    await collection('audit').deleteMany({ 'chain.sequence': { $gt: 20 } });
    const chain = { ...head(rows[19]!), since: new Date(), adoptedAt: null, pending: [], revision: 1 };
    await collection('auditChain').insertOne({ _id: 'head', ...chain });
    // one that waited for its link when the backup was made, long ago
    const { chain: _, ...waiting } = later[0]!;
    await collection('audit').insertOne({ ...waiting, at: new Date(Date.now() - 3_600_000) });
    const file = await backup(() => Promise.resolve());
    // what came after the backup
    await collection('audit').replaceOne({ _id: 'e-21' }, later[0]!);
    await collection('audit').insertMany(later.slice(1));
    await collection('auditChain').updateOne({ _id: 'head' }, { $set: head(rows[29]!) });

    const user = userInfo().username;
    const by = `by ${user}@${hostname()}, from a.backup of 2`;
    const said = await restored(file);
    expect(said).toMatch(/^the audit holds\n/);
    expect(said).toMatch(/^ {2}taken back to 20: 2\S+Z, its entry waits for its link, /m);
    expect(said).toContain(by);
    expect(said).toMatch(/^ {2}1 of them for more than ten minutes, .+ restored at 2\S+Z$/m);
    const told = await collection('audit').find({ action: 'installation.restored' }).toArray();
    expect(told).toMatchObject([
      { who: { id: `operator:${user}` }, data: { backup: 'a.backup', host: hostname(), sequence: 20 } },
    ]);

    // as a server links what waits
    const unlinked = await collection('audit').find({ chain: null }).sort({ at: 1 }).toArray();
    const links = linked(
      unlinked.map(({ _id, revision: _revision, ...fields }) => ({ ...fields, id: _id })),
      head(rows[19]!),
    );
    for (const { row, link } of links)
      await collection('audit').updateOne({ _id: row.id }, { $set: { chain: link } });
    await collection('auditChain').updateOne({ _id: 'head' }, { $set: head(links.at(-1)!) });
    const { code, out } = await stage.run(['verify-audit']);
    expect(code).toBe(0);
    expect(out).toMatch(/^ {2}taken back to 20: 2\S+Z, entry 22, /m);
    expect(out).toContain(by);
    const { out: json } = await stage.run(['verify-audit', '--json']);
    expect(JSON.parse(json)).toMatchObject({ restores: [{ sequence: 22, after: 20, backup: 'a.backup' }] });
  });

  it('is linked anew when its chain was begun while it was read', async () => {
    await collection('audit').updateMany({}, { $unset: { chain: '' } });
    const file = await backup(async () => {
      for (const { row, link } of rows)
        await collection('audit').updateOne({ _id: row['id'] }, { $set: { chain: link } });
    });
    await restored(file);
    expect(await collection('audit').countDocuments({ chain: { $exists: true } })).toBe(0);
    // and what the restore has entered
    expect(await collection('audit').countDocuments()).toBe(31);
  });
});

interface Reader {
  orders: () => Promise<Map<string, string[]>>;
}
