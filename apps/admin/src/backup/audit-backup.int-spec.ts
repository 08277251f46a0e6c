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

  it('is linked anew when its chain was begun while it was read', async () => {
    await collection('audit').updateMany({}, { $unset: { chain: '' } });
    const file = await backup(async () => {
      for (const { row, link } of rows)
        await collection('audit').updateOne({ _id: row['id'] }, { $set: { chain: link } });
    });
    await restored(file);
    expect(await collection('audit').countDocuments({ chain: { $exists: true } })).toBe(0);
    expect(await collection('audit').countDocuments()).toBe(30);
  });
});

interface Reader {
  orders: () => Promise<Map<string, string[]>>;
}
