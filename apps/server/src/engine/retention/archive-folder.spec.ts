import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ArchiveFolder } from './archive-folder.js';

const FILE = 'orders-1.ndjson.gz';

describe('a folder of archives', () => {
  let folder: string;
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'archive-'))));
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const documents = (...ids: string[]) =>
    async function* () {
      yield* ids.map((id) => ({ collection: 'orders', document: { id } }));
    };
  const never = (): Promise<never> => Promise.reject(new Error('lost'));
  const anyway = (): Promise<void> => Promise.resolve();
  const content = async (): Promise<string> => gunzipSync(await readFile(join(folder, FILE))).toString();

  it('is not made where it is not there: its disk may be away', async () => {
    const archive = new ArchiveFolder(join(folder, 'away'));
    await expect(archive.write(FILE, documents('1'), anyway)).rejects.toThrow('is its disk mounted?');
    await expect(archive.demand()).rejects.toThrow('is its disk mounted?');
    expect(await readdir(folder)).toEqual([]);
  });

  it('never replaces a file that another server has put there meanwhile', async () => {
    const [one, other] = [new ArchiveFolder(folder), new ArchiveFolder(folder)];
    let whole: unknown;
    const late = await one.write(FILE, documents('1'), async () => {
      whole = await other.write(FILE, documents('1', '2'), anyway);
    });
    expect(late).toEqual(whole);
    expect((await content()).trimEnd().split('\n')).toHaveLength(2);
    expect((await readdir(folder)).toSorted()).toEqual([FILE, `${FILE}.sha256`]);
    expect(await readFile(join(folder, `${FILE}.sha256`), 'utf8')).toBe(`${late.sha256}  ${FILE}\n`);
  });

  it('gets no file of a server that has lost its turn', async () => {
    await expect(new ArchiveFolder(folder).write(FILE, documents('1'), never)).rejects.toThrow('lost');
    expect(await readdir(folder)).toEqual([]);
  });

  it('takes an empty file of the name for none', async () => {
    await writeFile(join(folder, FILE), '');
    await new ArchiveFolder(folder).write(FILE, documents('1'), anyway);
    expect(await content()).toContain('"id":"1"');
  });
});
