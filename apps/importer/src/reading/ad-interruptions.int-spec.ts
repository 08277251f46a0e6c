import type { ChildProcess } from 'node:child_process';
import type { Directory, ImportRun } from '#domain';
import { TestSlapd } from '../../../../tools/testing/directories.js';
import { eventually } from '../../../../tools/testing/eventually.js';
import { FaultyTcpProxy } from '../../testing/faulty-relay.js';
import { ImportStage } from '../../testing/import-stage.js';

jest.setTimeout(240_000);

const COMPUTERS = 2_600;
/** More than the first batch of rows, less than all of them. */
const HALF = 1_200_000;

describe('a read of a directory that is interrupted', () => {
  let stage: ImportStage;
  let slapd: TestSlapd;
  let relay: FaultyTcpProxy;
  let importer: ChildProcess;

  beforeAll(async () => {
    slapd = await TestSlapd.start(COMPUTERS);
    stage = await ImportStage.open();
    importer = await stage.startImporter();
  }, 240_000);

  afterEach(() => relay?.close());

  afterAll(async () => {
    await stage?.close();
    await slapd?.stop();
  }, 60_000);

  const directoryBehind = async (fault: 'cut' | 'hold'): Promise<Directory> => {
    const target = { host: slapd.fact('HOST'), port: Number(slapd.fact('PORT')) };
    relay = await FaultyTcpProxy.before(target, { fault, bytes: HALF });
    return await stage.addDirectory(
      {
        url: `ldap://127.0.0.1:${relay.port}`,
        allowPlain: true,
        bindDn: slapd.fact('BIND_DN'),
        bases: [slapd.fact('BASE_DN')],
      },
      slapd.fact('PASSWORD'),
    );
  };
  const expectAll = async (run: ImportRun): Promise<void> => {
    expect(run).toMatchObject({ state: 'previewed', counts: { rows: COMPUTERS, rejected: 0 } });
    const rows = await stage.rows(run);
    expect(rows.map(({ line }) => line)).toEqual(Array.from({ length: COMPUTERS }, (_, index) => index + 1));
    expect(new Set(rows.map(({ identity }) => identity)).size).toBe(COMPUTERS);
  };

  it('is begun anew when the connection is cut', async () => {
    await expectAll(await stage.previewDirectory(await directoryBehind('cut')));
  });

  it('is begun anew by another importer when the first is killed', async () => {
    const run = await stage.fromDirectory(await directoryBehind('hold'));
    await eventually(async () => expect((await stage.run(run)).counts.rows).toBeGreaterThanOrEqual(1_000), {
      timeoutMs: 120_000,
    });
    await stage.kill(importer);
    await stage.startImporter();
    await expectAll(await stage.until(run, 'previewed', 'failed'));
    await stage.commit(run);
    const { counts, summary } = await stage.until(run, 'committed');
    expect(summary).toMatchObject({ created: counts.new, rejected: 0 });
  });
});
