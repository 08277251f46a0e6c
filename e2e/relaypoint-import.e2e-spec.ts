import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { computerRows } from '../apps/importer/testing/computer-rows.js';
import { FaultyTcpProxy } from '../apps/importer/testing/faulty-relay.js';
import { describeAsRoot } from '../tools/testing/as-root.js';
import { TestDomain } from '../tools/testing/directories.js';
import { eventually } from '../tools/testing/eventually.js';
import { ConsoleBrowser } from './support/console-browser.js';
import { Stack } from './support/stack.js';

const SCRIPT = join(__dirname, '..', 'dist/apps/importer/src/cli/main.js');

interface Ended {
  code: number | null;
  out: string;
  err: string;
}

describe('relaypoint-import', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await Stack.start();
  }, 120_000);

  afterAll(() => stack?.stop(), 60_000);

  const file = (name: string, content: string): string => {
    const path = join(stack.folder, name);
    writeFileSync(path, content);
    return path;
  };

  const start = (
    args: string[],
    stdin = '',
    env: Record<string, string> = {},
  ): { child: ChildProcess; ended: Promise<Ended> } => {
    const child = spawn(process.execPath, [SCRIPT, ...args], {
      cwd: stack.folder,
      env: {
        PATH: process.env['PATH'] ?? '',
        RELAYPOINT_URL: stack.serverUrls[0] ?? '',
        RELAYPOINT_TOKEN: stack.token,
        ...env,
      },
    });
    const ended: Ended = { code: null, out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (ended.out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (ended.err += text));
    child.stdin.end(stdin);
    const closed = once(child, 'close').then(([code]) => ({ ...ended, code: code as number | null }));
    return { child, ended: closed };
  };

  const run = (args: string[], stdin = '', env: Record<string, string> = {}): Promise<Ended> =>
    start(args, stdin, env).ended;

  const jsonOf = (ended: Ended): { id: string; state: string; counts: Record<string, number> } =>
    JSON.parse(ended.out) as { id: string; state: string; counts: Record<string, number> };

  it('previews, commits and undoes', async () => {
    const path = file('three.csv', 'Name;Standort\ncli-1;Köln\ncli-2;Bonn\ncli-3;Köln\n');
    const preview = await run(['csv', path, '--tenant', 'default', '--json']);
    expect([preview.code, preview.err]).toEqual([0, '']);
    expect(jsonOf(preview)).toMatchObject({ state: 'previewed', counts: { rows: 3, new: 3 } });

    const { id } = jsonOf(preview);
    const committed = await run(['commit', id]);
    expect(committed.out).toContain('3 created');
    expect(committed.code).toBe(0);
    const unsure = await run(['undo', id]);
    expect([unsure.code, unsure.err]).toEqual([1, expect.stringContaining('--yes')]);
    const undone = await run(['undo', id, '--yes']);
    expect(undone.out).toContain('3 deleted');
  }, 180_000);

  it('takes standard input, exits 2 on rejected rows and writes them to a file', async () => {
    const rejected = join(stack.folder, 'rejected.csv');
    const args = ['csv', '-', '--tenant', 'default', '--commit', '--rejected', rejected];
    const { code, out } = await run(args, 'Name\ncli-4\n12345\n=cmd|x\n');
    expect(code).toBe(2);
    expect(out).toContain('3 rows: 1 new, 0 changed, 0 known, 0 excluded, 2 rejected');
    expect(out).toMatch(/12345: Line 3: .*digits only/);
    const text = readFileSync(rejected, 'utf8');
    expect(text).toContain('digits only');
    expect(text).toContain("'=cmd|x");
  }, 180_000);

  it('shows the columns when none is the name, and reads the same upload again', async () => {
    const path = file('foreign.csv', 'Kiste;Etage\ncli-5;1\ncli-6;2\n');
    const failed = await run(['csv', path, '--tenant', 'default']);
    expect(failed.code).toBe(1);
    expect(failed.out).toMatch(/NO_NAME_COLUMN[\s\S]*0 +Kiste +"cli-5", "cli-6"/);
    const id = /relaypoint-import read (\S+) --columns/.exec(failed.out)?.[1] ?? '';
    const again = await run(['read', id, '--columns', 'name=Kiste,location=1', '--commit', '--json']);
    expect(again.code).toBe(0);
    expect(jsonOf(again)).toMatchObject({ id, state: 'committed', counts: { rows: 2, new: 2 } });
  }, 180_000);

  it('names what is wrong with the command line, the file, the server and the request', async () => {
    const path = file('one.csv', 'Name\ncli-7\n');
    const faults: [string[], RegExp][] = [
      [['csv', path], /--tenant is missing/],
      [['csv', path, '--tenant', 'default', '--columns', 'x'], /--columns/],
      [['csv', `${path}.gone`, '--tenant', 'default'], /cannot be read/],
      [['csv', path, '--tenant', 'default', '--dp', 'nowhere'], /dp: is not a known/],
      [['csv', path, '--tenant', 'default', '--token', 'rlp_wrong'], /relaypoint-import: \S/],
      [['csv', path, '--tenant', 'default', '--url', 'http://127.0.0.1:9'], /cannot be reached/],
      [['ad', '--tenant', 'default'], /--directory/],
    ];
    for (const [args, text] of faults) {
      const { code, err } = await run(args);
      expect([args, code, err]).toEqual([args, 1, expect.stringMatching(text)]);
    }
    const nowhere = await run(['status', 'x'], '', { RELAYPOINT_URL: '', RELAYPOINT_TOKEN: '' });
    expect([nowhere.code, nowhere.err]).toEqual([1, expect.stringContaining('Which server?')]);
    expect((await run(['--help'])).out).toContain('Examples:');
  }, 180_000);

  it('sends an upload whose answer was lost once more, and the server makes one import of it', async () => {
    const { port } = new URL(stack.serverUrls[0] ?? '');
    const relay = await FaultyTcpProxy.before(
      { host: '127.0.0.1', port: Number(port) },
      { fault: 'cut', bytes: 1 },
    );
    try {
      const url = `http://127.0.0.1:${relay.port}`;
      const path = file('cut.csv', 'Name\ncli-cut\n');
      const { code, out } = await run(['csv', path, '--tenant', 'default', '--url', url, '--json']);
      expect([code, (JSON.parse(out) as { state: string }).state]).toEqual([0, 'previewed']);
    } finally {
      await relay.close();
    }
    const runs = await stack.api.ok<{ items: { file: { name: string } | null }[] }>(
      'GET',
      '/imports?limit=500',
    );
    expect(runs.items.filter((one) => one.file?.name === 'cut.csv')).toHaveLength(1);
  }, 180_000);

  it('interrupted, discards a preview, and says that a commit goes on', async () => {
    const path = file('many.csv', computerRows(8_000, 'int'));
    const until = (wanted: string): Promise<string> =>
      eventually(
        async () => {
          const { items } = await stack.api.ok<{ items: { id: string; state: string }[] }>(
            'GET',
            '/imports?limit=1',
          );
          expect(items[0]?.state).toBe(wanted);
          return items[0]?.id ?? '';
        },
        { intervalMs: 20, timeoutMs: 60_000 },
      );

    const preview = start(['csv', path, '--tenant', 'default']);
    const discarded = await until('reading');
    preview.child.kill('SIGINT');
    const stopped = await preview.ended;
    expect([stopped.code, stopped.err]).toEqual([130, expect.stringContaining(`${discarded} is discarded`)]);
    await stack.runState(discarded, 'discarded');

    const commit = start(['csv', path, '--tenant', 'default', '--commit']);
    const id = await until('committing');
    commit.child.kill('SIGINT');
    const left = await commit.ended;
    expect([left.code, left.err]).toEqual([130, expect.stringContaining('goes on without this command')]);
    const { summary } = await stack.runState(id, 'committed');
    expect(summary).toMatchObject({ created: 8_000 });
  }, 300_000);

  it('finds a running npm start by dev.json', async () => {
    const state = join(stack.folder, 'state');
    writeFileSync(
      join(state, 'dev.json'),
      JSON.stringify({ serverUrl: stack.serverUrls[0], apiToken: stack.token }),
    );
    const env = { RELAYPOINT_URL: '', RELAYPOINT_TOKEN: '', RELAYPOINT_STATE: state };
    const { code, out } = await run(['csv', '-', '--tenant', 'default', '--json'], 'Name\ncli-8\n', env);
    expect([code, (JSON.parse(out) as { state: string }).state]).toEqual([0, 'previewed']);
  }, 180_000);

  describeAsRoot('from an Active Directory (Samba)', () => {
    let domain: TestDomain;
    let base: string;
    let directory: string;

    beforeAll(async () => {
      domain = await TestDomain.start();
      base = domain.fact('BASE_DN');
      const made = await stack.api.ok<{ id: string }>('POST', '/directories', {
        name: 'hq',
        tenant: 'default',
        url: domain.fact('LDAPS_URL'),
        caPem: domain.ca,
        bindDn: domain.fact('BIND_UPN'),
        bindPassword: domain.fact('PASSWORD'),
        bases: [`OU=Sites,${base}`],
      });
      directory = made.id;
    }, 400_000);

    afterAll(() => domain?.stop(), 60_000);

    const ad = (...args: string[]): Promise<Ended> =>
      run(['ad', '--directory', 'hq', '--tenant', 'default', ...args]);

    it('previews, commits, finds everything known the next night, and undoes', async () => {
      const test = await stack.api.ok('POST', `/directories/${directory}/test`, {});
      expect(test).toMatchObject({ ok: true, count: 44 });
      const preview = await ad('--json');
      expect([preview.code, preview.err]).toEqual([0, '']);
      const { state, counts } = jsonOf(preview);
      expect([state, counts]).toEqual([
        'previewed',
        expect.objectContaining({ rows: 44, new: 43, excluded: 1 }),
      ]);

      const committed = await ad('--commit', '--json');
      expect(committed.code).toBe(0);
      const nightly = await ad('--commit');
      expect([nightly.code, nightly.out]).toEqual([0, expect.stringContaining('0 new, 0 changed, 43 known')]);
      expect(nightly.out).toContain('0 created');
      const undone = await run(['undo', jsonOf(committed).id, '--yes']);
      expect(undone.out).toContain('43 deleted');
    }, 180_000);

    it('takes groups, bases and the like, and says what stopped it', async () => {
      const pilot = `CN=GG-Pilot,OU=Groups,${base}`;
      const some = await ad(
        '--include-group',
        pilot,
        '--base',
        `OU=Köln,OU=Sites,${base}`,
        '--os',
        '*',
        '--json',
      );
      expect([some.code, jsonOf(some).counts['new']]).toEqual([0, 1]);
      const nowhere = await ad('--base', `OU=Nirgends,${base}`);
      expect([nowhere.code, nowhere.out]).toEqual([1, expect.stringContaining('BASE_NOT_FOUND')]);
      const unknown = await run(['ad', '--directory', 'other', '--tenant', 'default']);
      expect([unknown.code, unknown.err]).toEqual([1, expect.stringContaining('There are: hq.')]);
    }, 180_000);

    it('is done by the console as well, which asks when many computers are missing', async () => {
      expect((await ad('--commit')).code).toBe(0);
      const browser = await ConsoleBrowser.start(stack);
      try {
        const page = await browser.signIn('en');
        const preview = async (): Promise<void> => {
          await page.goto(browser.url('imports'));
          await page.locator('label').filter({ hasText: 'Active Directory' }).click();
          await page.getByLabel('Directory', { exact: true }).selectOption({ label: 'hq' });
        };
        await preview();
        await page.getByLabel('Only members of').fill(`CN=GG-Pilot,OU=Groups,${base}`);
        await page.getByLabel('Search base').fill(`OU=Köln,OU=Sites,${base}`);
        await page.getByRole('button', { name: 'Preview' }).click();
        await page.getByText('known 1', { exact: true }).waitFor();

        await stack.api.ok('PATCH', `/directories/${directory}`, { bases: [`OU=Köln,OU=Sites,${base}`] });
        await preview();
        await page.getByRole('button', { name: 'Preview' }).click();
        await page.getByText(/of 43 computers known from this directory are missing in it/).waitFor();
        await page.getByRole('button', { name: /^Import \d+ computers/ }).click();
        await page.getByRole('dialog').getByRole('button', { name: 'Import anyway' }).click();
        await page.getByText('The import is done').waitFor();
        expect(browser.faults).toEqual([]);
      } finally {
        await browser.stop();
      }
    }, 300_000);
  });
});
