import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mongo } from 'mongoose';
import type { InstallOrder } from '#domain';
import { beginRestore, PersistenceModule } from '#persistence';
import { AdminStage } from '../testing/admin-stage.js';
import { newOrder, published, runningOrder } from '../../../libs/domain/testing/sample-orders.js';

const PASSPHRASE = 'correct horse battery';

/** Bytes that gzip cannot make less of. */
const NOISE = Buffer.from(Array.from({ length: 700_000 }, (_, n) => (n * n * 31 + (n >> 3)) & 0xff));

function stored({ id, ...order }: InstallOrder): { _id: string; revision: number } & Record<string, unknown> {
  return { _id: id, ...order, wakeAt: null, dispatchAt: null };
}

/** Everything in a database but what belongs to this moment, sorted. */
async function dump(db: mongo.Db): Promise<Record<string, unknown[]>> {
  const all: Record<string, unknown[]> = {};
  for (const { name } of await db.listCollections({}, { nameOnly: true }).toArray())
    if (!['programs', 'maintenance', 'migrations', 'sessions'].includes(name))
      all[name] = await db
        .collection(name)
        .find({}, { sort: { _id: 1 } })
        .toArray();
  return all;
}

describe('a backup', () => {
  let stage: AdminStage;

  beforeEach(async () => {
    stage = new AdminStage();
    await stage.withKeys();
    const { db } = stage;
    const order = { ...newOrder(), state: 'succeeded', endedAt: new Date() } as const;
    await db.collection<{ _id: string }>('orders').insertOne(stored(order));
    await db.collection<{ _id: string }>('sessions').insertOne({ _id: 's-1' });
    await db.collection<{ _id: string }>('things').insertMany([{ _id: 'a' }, { _id: 'b' }]);
    const bucket = new mongo.GridFSBucket(db, { bucketName: 'blobs' });
    const upload = bucket.openUploadStreamWithId('blob-1' as unknown as mongo.ObjectId, 'client.tar.gz');
    await new Promise<void>((resolve, reject) => {
      upload.on('error', reject).end(NOISE, () => resolve());
    });
  });
  afterEach(() => stage.end());

  const backup = async (...more: string[]): Promise<string> => {
    const file = stage.path(`${Math.random()}.backup`);
    const ended = await stage.run(['backup', '--to', file, ...more]);
    expect(ended).toMatchObject({ code: 0 });
    return file;
  };
  const withPassphrase = (): string[] => {
    const file = stage.path('passphrase');
    writeFileSync(file, `${PASSPHRASE}\n`, { mode: 0o600 });
    return ['--passphrase-file', file];
  };

  it.each([
    ['as it is', () => []],
    ['encrypted', withPassphrase],
  ])('brings everything back, %s', async (_, how) => {
    const before = await dump(stage.db);
    const file = await backup(...how());
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await stage.run(['verify', '--from', file, ...how()])).toMatchObject({ code: 0 });
    const keys = readFileSync(`${stage.state}/keys/order-signing.pem`, 'utf8');
    if (how().length > 0) expect(readFileSync(file).includes('PRIVATE KEY')).toBe(false);

    rmSync(stage.state, { recursive: true });
    await stage.db.dropDatabase();
    expect(await stage.run(['restore', '--from', file, ...how()])).toMatchObject({ code: 0 });
    expect(await dump(stage.db)).toMatchObject(before);
    expect(await stage.db.collection('sessions').countDocuments()).toBe(0);
    expect(readFileSync(`${stage.state}/keys/order-signing.pem`, 'utf8')).toBe(keys);
    expect(await stage.run(['status'])).toMatchObject({
      out: expect.not.stringContaining('keys:') as string,
    });
  });

  it('is found damaged wherever a byte of it is changed', async () => {
    for (const [how, count] of [
      [[], 40],
      [withPassphrase(), 8],
    ] as const) {
      const file = await backup(...how);
      const whole = readFileSync(file);
      const broken = stage.path('broken.backup');
      // every block of the tar is hit somewhere, and each end
      const places = Array.from({ length: count }, (_, n) =>
        Math.floor((n * (whole.length - 1)) / (count - 1)),
      );
      for (const place of places) {
        const bytes = Buffer.from(whole);
        bytes.writeUInt8(bytes.readUInt8(place) ^ 0x20, place);
        writeFileSync(broken, bytes);
        const ended = await stage.run(['verify', '--from', broken, ...how]);
        expect({ place, code: ended.code }).toEqual({ place, code: 2 });
      }
      for (const length of [0, 100, 5000, whole.length - 512, whole.length - 1]) {
        writeFileSync(broken, whole.subarray(0, length));
        expect(await stage.run(['verify', '--from', broken, ...how])).toMatchObject({ code: 2 });
      }
      writeFileSync(broken, Buffer.concat([whole, Buffer.alloc(512)]));
      expect(await stage.run(['verify', '--from', broken, ...how])).toMatchObject({ code: 2 });
    }
  });

  it('is not restored when it is damaged, and nothing is changed', async () => {
    const file = await backup();
    const bytes = readFileSync(file);
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 4000) ^ 1, bytes.length - 4000);
    writeFileSync(file, bytes);
    const before = await dump(stage.db);
    expect(await stage.run(['restore', '--from', file, '--replace', '--yes'])).toMatchObject({ code: 2 });
    expect(await dump(stage.db)).toEqual(before);
  });

  it('is opened by its passphrase alone', async () => {
    const file = await backup(...withPassphrase());
    expect(await stage.run(['verify', '--from', file])).toMatchObject({ code: 1 });
    const env = { RELAYPOINT_BACKUP_PASSPHRASE: 'another horse battery' };
    const wrong = await stage.run(['verify', '--from', file], env);
    expect(wrong.code).toBe(2);
    expect(wrong.said).toContain('the passphrase is wrong');
  });

  it('that is interrupted leaves no file', async () => {
    const interrupted = new AbortController();
    interrupted.abort();
    const file = stage.path('half.backup');
    expect(await stage.run(['backup', '--to', file], {}, interrupted.signal)).toMatchObject({ code: 130 });
    expect(readdirSync(stage.folder).filter((name) => name.includes('half'))).toEqual([]);
  });

  it('never takes the place of another file', async () => {
    const file = await backup();
    const first = readFileSync(file);
    expect(await stage.run(['backup', '--to', file])).toMatchObject({ code: 3 });
    expect(readFileSync(file).equals(first)).toBe(true);
  });

  it('is not made with keys that are not those of the database, or with none', async () => {
    rmSync(`${stage.state}/keys`, { recursive: true });
    const missing = await stage.run(['backup', '--to', stage.path('a.backup')]);
    expect(missing).toMatchObject({ code: 1, said: expect.stringContaining('--without-keys') as string });
    await stage.db.collection('installation').deleteMany({});
    const known = await stage.withKeys();
    rmSync(`${stage.state}/keys/order-signing.pem`);
    await stage.db.collection('installation').deleteMany({});
    await stage.withKeys();
    await stage.db.collection('installation').updateOne({}, { $set: { signing: known } });
    const other = await stage.run(['backup', '--to', stage.path('b.backup')]);
    expect(other).toMatchObject({
      code: 1,
      said: expect.stringContaining('not those of this database') as string,
    });
    expect(existsSync(stage.path('b.backup'))).toBe(false);
  });

  it('without keys is restored only where they are', async () => {
    const file = await backup('--without-keys');
    expect(await stage.run(['restore', '--from', file, '--replace', '--yes'])).toMatchObject({ code: 0 });
    rmSync(`${stage.state}/keys`, { recursive: true });
    const refused = await stage.run(['restore', '--from', file, '--replace', '--yes']);
    expect(refused).toMatchObject({ code: 3, said: expect.stringContaining('made without keys') as string });
  });

  it('is restored over what is there only when that was said', async () => {
    const file = await backup();
    expect(await stage.run(['restore', '--from', file])).toMatchObject({
      code: 3,
      said: expect.stringContaining('2 things') as string,
    });
    expect(await stage.run(['restore', '--from', file, '--replace'])).toMatchObject({ code: 3 });
    await stage.db.collection<{ _id: string }>('things').insertOne({ _id: 'c' });
    expect(await stage.run(['restore', '--from', file, '--replace', '--yes'])).toMatchObject({ code: 0 });
    expect(await stage.db.collection('things').countDocuments()).toBe(2);
  });

  it('of a later version is refused with its name', async () => {
    await stage.db.collection<{ _id: string }>('migrations').insertOne({ _id: '9999-later' });
    const file = await backup();
    await stage.db.dropDatabase();
    expect(await stage.run(['verify', '--from', file])).toMatchObject({ code: 2 });
    const refused = await stage.run(['restore', '--from', file]);
    expect(refused).toMatchObject({ code: 3, said: expect.stringContaining('9999-later') as string });
    expect(await stage.db.listCollections().toArray()).toEqual([]);
  });

  it('of open orders comes back with DPs to be asked, under fences that none has had', async () => {
    const orders = [published(newOrder()), { ...runningOrder(), id: 'order-2' as InstallOrder['id'] }];
    await stage.db.collection('orders').deleteMany({});
    await stage.db.collection<{ _id: string }>('orders').insertMany(orders.map(stored));
    const file = await backup();
    const began = Math.floor(Date.now() / 1000);
    expect(await stage.run(['restore', '--from', file, '--replace', '--yes'])).toMatchObject({ code: 0 });
    const found = await stage.db.collection('orders').find().toArray();
    for (const [
      index,
      { state, lease, fence, round, recalled, verify, publish, dispatchAt },
    ] of found.entries()) {
      expect({ state, lease, round, recalled, verify }).toEqual({
        state: 'queued',
        lease: null,
        round: orders[index]?.round,
        recalled: true,
        verify: true,
      });
      expect(fence).toBeGreaterThanOrEqual(began);
      expect(publish).toMatchObject({ reservedUntil: null });
      expect(dispatchAt).toBeInstanceOf(Date);
    }
  });
});

describe('a restore that broke off', () => {
  let stage: AdminStage;
  beforeEach(() => {
    stage = new AdminStage();
  });
  afterEach(() => stage.end());

  it('keeps programs from starting until another one has ended', async () => {
    await stage.withKeys();
    const file = stage.path('a.backup');
    expect(await stage.run(['backup', '--to', file])).toMatchObject({ code: 0 });
    await beginRestore(stage.db, { backup: 'a.backup', host: 'here', at: new Date() });
    await stage.db.collection<{ _id: string }>('things').insertOne({ _id: 'half' });
    const { uri, standIn } = stage.database;
    expect(await stage.run(['status'])).toMatchObject({
      code: 1,
      out: expect.stringContaining('a restore of a.backup') as string,
    });
    await expect(start(uri, standIn)).rejects.toThrow(
      'a restore of a.backup into this database was begun on here',
    );
    expect(await stage.run(['backup', '--to', stage.path('b.backup')])).toMatchObject({ code: 3 });
    // what is half there is replaced without being asked for
    expect(await stage.run(['restore', '--from', file])).toMatchObject({ code: 0 });
    expect(await stage.db.collection('things').countDocuments()).toBe(0);
    const program = await start(uri, standIn);
    const refused = await stage.run(['restore', '--from', file, '--replace', '--yes']);
    expect(refused).toMatchObject({ code: 3, said: expect.stringContaining('still at work') as string });
    await program.close();
    expect(await stage.run(['restore', '--from', file, '--replace', '--yes'])).toMatchObject({ code: 0 });
  });
});

/** A program on a database. */
async function start(uri: string, standIn: boolean): Promise<{ close: () => Promise<void> }> {
  const { Test } = await import('@nestjs/testing');
  const module = await Test.createTestingModule({
    imports: [PersistenceModule.forRoot({ uri, standIn, name: 'server' })],
  }).compile();
  module.enableShutdownHooks([]);
  await module.init();
  return module;
}
