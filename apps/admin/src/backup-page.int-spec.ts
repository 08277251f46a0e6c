import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { chaptersOf } from '../../../tools/testing/guide.ts';
import { AdminStage } from '../testing/admin-stage.js';

const ROOT = join(__dirname, '..', '..', '..');
const run = promisify(execFile);

/** docs/backup.md as somebody follows it who pastes its lines, on a machine whose paths are below a folder. */
describe('the page about backups', () => {
  const stage = new AdminStage();
  const page = chaptersOf(readFileSync(join(ROOT, 'docs/backup.md'), 'utf8'));

  beforeAll(async () => {
    await stage.withKeys();
    await stage.db.collection<{ _id: string }>('things').insertOne({ _id: 'a' });
    const bin = stage.path('bin');
    mkdirSync(bin);
    mkdirSync(stage.path('etc/relaypoint'), { recursive: true });
    const main = join(ROOT, 'dist/apps/admin/src/main.js');
    writeFileSync(join(bin, 'relaypoint-admin'), `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`, {
      mode: 0o755,
    });
  });
  afterAll(() => stage.end());

  /** Pastes all blocks of some chapters into one shell. */
  const paste = async (...titles: string[]): Promise<string> => {
    const steps = titles.flatMap((title) => page.find((one) => one.title === title)?.steps ?? []);
    // the services of a whole machine: e2e/install.e2e-spec.ts
    const lines = steps
      .flatMap((step) => (step.kind === 'paste' ? step.lines : []))
      .filter((line) => !/^(?:systemctl|curl) /.test(line));
    expect(lines.length).toBeGreaterThanOrEqual(titles.length);
    const script = lines
      .join('\n')
      .replaceAll(/\/(?=(?:var\/backups|var\/lib|etc)\/relaypoint)/g, `${stage.folder}/`);
    const env = {
      PATH: `${stage.path('bin')}:${process.env['PATH'] ?? ''}`,
      MONGODB_URI: stage.database.uri,
      MONGODB_STAND_IN: stage.database.standIn ? '1' : '0',
      RELAYPOINT_STATE: stage.state,
      // nobody listens there
      PORT: '1',
    };
    const { stdout } = await run('sh', ['-euc', script], { env });
    return stdout;
  };

  it('makes a backup, verifies it and restores it', async () => {
    await paste('Make one');
    expect(readdirSync(stage.path('var/backups/relaypoint'))).toEqual([
      expect.stringMatching(/^relaypoint-.*Z\.backup$/),
    ]);
    await stage.db.dropDatabase();
    // what is wrong on this machine, where no program runs, is a code of its own
    const stdout = await paste('Verify one', 'Restore').catch(
      (error: unknown) => (error as { stdout: string }).stdout,
    );
    expect(stdout).toContain('whole');
    expect(stdout).toContain('The database is as it was');
    expect(stdout).toContain('server: does not answer');
    expect(await stage.db.collection('things').countDocuments()).toBe(1);
  });
});
