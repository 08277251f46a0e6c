import { readdirSync } from 'node:fs';
import { beginRestore, endRestore, isOwnRestore, restoreUnderWay, RunningMark } from '#persistence';
import { eventually } from '../../../tools/testing/eventually.js';
import { DatabaseBackup } from './backup/database-backup.js';
import { AdminStage } from '../testing/admin-stage.js';

// Restores and backups beside each other. Whoever looks whether another one lives takes ten seconds.
jest.setTimeout(120_000);

const FIRST = { backup: 'a.backup', host: 'here', at: new Date() };

describe('a restore', () => {
  let stage: AdminStage;
  let file: string;

  beforeEach(async () => {
    stage = new AdminStage();
    await stage.withKeys();
    await stage.db.collection<{ _id: string }>('things').insertMany([{ _id: 'a' }, { _id: 'b' }]);
    file = stage.path('a.backup');
    const { code, said } = await stage.run(['backup', '--to', file]);
    if (code !== 0) throw new Error(said);
  });
  afterEach(() => stage.end());

  const restore = () => stage.run(['restore', '--from', file, '--replace', '--yes']);

  it('is refused while another one is at work, whose marker stays', async () => {
    const other = new RunningMark(stage.db, 'relaypoint-admin restore');
    await other.begin();
    const token = await beginRestore(stage.db, FIRST);
    await stage.db.collection<{ _id: string }>('things').insertOne({ _id: 'half' });
    expect(await restore()).toMatchObject({
      code: 3,
      said: expect.stringContaining('still at work on this database: relaypoint-admin restore') as string,
    });
    expect(await isOwnRestore(stage.db, token)).toBe(true);
    expect(await stage.db.collection('things').countDocuments()).toBe(3);
    await other.end();
    // now it has broken off
    expect(await restore()).toMatchObject({ code: 0 });
    expect(await stage.db.collection('things').countDocuments()).toBe(2);
    expect(await restoreUnderWay(stage.db)).toBeNull();
  });

  it('never runs twice when two begin at once', async () => {
    const codes = (await Promise.all([restore(), restore()])).map(({ code }) => code);
    expect(codes).toContain(3);
    expect(await restore()).toMatchObject({ code: 0 });
    expect(await stage.db.collection('programs').countDocuments()).toBe(0);
  });

  it('that was taken for dead does not take away the marker of the next one', async () => {
    const first = await beginRestore(stage.db, FIRST);
    const second = await beginRestore(stage.db, FIRST);
    expect(await endRestore(stage.db, first)).toBe(false);
    expect(await isOwnRestore(stage.db, second)).toBe(true);
    expect(await endRestore(stage.db, second)).toBe(true);
    expect(await restoreUnderWay(stage.db)).toBeNull();
  });

  it('is refused while a backup is made', async () => {
    const other = new RunningMark(stage.db, 'relaypoint-admin backup');
    await other.begin();
    expect(await restore()).toMatchObject({
      code: 3,
      said: expect.stringContaining('still at work on this database: relaypoint-admin backup') as string,
    });
    await other.end();
  });

  it('that begins beside a backup leaves no file of that', async () => {
    const env = { RELAYPOINT_BACKUP_PASSPHRASE: 'correct horse battery' };
    const backup = stage.run(['backup', '--to', stage.path('b.backup')], env);
    await eventually(async () => expect(await stage.db.collection('programs').countDocuments()).toBe(1));
    await beginRestore(stage.db, FIRST);
    expect(await backup).toMatchObject({ code: 3 });
    expect(readdirSync(stage.folder).filter((name) => name.includes('b.backup'))).toEqual([]);
  });

  it('that has come and gone beside a backup, whose machine stood still, leaves no file of that', async () => {
    const read = jest.spyOn(DatabaseBackup.prototype, 'run').mockImplementationOnce(async () => {
      await stage.db.collection('installation').updateOne({}, { $set: { restoredAt: new Date() } });
      return { documents: {}, incompleteBlobs: [] };
    });
    expect(await stage.run(['backup', '--to', stage.path('b.backup')])).toMatchObject({
      code: 3,
      said: expect.stringContaining('restored while it was read') as string,
    });
    read.mockRestore();
    expect(readdirSync(stage.folder).filter((name) => name.includes('b.backup'))).toEqual([]);
  });
});
