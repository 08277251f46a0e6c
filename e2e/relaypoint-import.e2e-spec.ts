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

const SCRIPT = join(__dirname, '..', 'dist/apps/cli/src/relaypoint-import.js');

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
    const refused = await run(['commit', id]);
    expect([refused.code, refused.err]).toEqual([3, expect.stringContaining('withoutDp')]);
    const committed = await run(['commit', id, '--without-dp', 'server']);
    expect(committed.out).toContain('3 created');
    expect(committed.code).toBe(0);
    const unsure = await run(['undo', id]);
    expect([unsure.code, unsure.err]).toEqual([1, expect.stringContaining('--yes')]);
    const undone = await run(['undo', id, '--yes']);
    expect(undone.out).toContain('3 deleted');
  }, 180_000);

  it('takes 8,000 computers of 40 sites by three words the first time, and by none the second', async () => {
    const sites = Array.from({ length: 40 }, (_, index) => String(index + 1).padStart(2, '0'));
    for (const site of sites) {
      const dp = { id: `site-${site}`, name: `Branch ${site}`, tenant: 'default' };
      await stack.api.ok('POST', '/distribution-points', dp);
    }
    const written = (index: number): string => {
      const site = sites[index % 40] ?? '';
      // a typing error, a name instead of an id, and the words of another department
      if (site === '07') return 'siet-07';
      return Number(site) % 2 === 0 ? `Standort ${site}` : `Branch ${site}`;
    };
    const month = (name: string): string =>
      `Inventar;Wo steht er\n${Array.from({ length: 8_000 }, (_, index) => `${name}-${index};${written(index)}`).join('\n')}\n`;

    // the first word: which column is the name
    const first = await run(['csv', file('october.csv', month('oct')), '--tenant', 'default', '--json']);
    const { id } = jsonOf(first);
    await stack.api.ok('POST', `/imports/${id}/read`, { options: { columns: { name: 'Inventar' } } });
    expect(await stack.runState(id, 'previewed')).toMatchObject({
      counts: { new: 8_000, withoutDp: 8_000 },
      needsDpChoice: true,
    });
    const shown = await run(['values', id]);
    expect(shown.out).toMatch(/Column Wo steht er:[\s\S]*200 {2}siet-07 +\? {2}site-07 is meant\?/);

    // the second: take what is suggested
    interface Values {
      column: { index: number };
      items: { value: string; rows: number; dp: string | null; suggestion: { dp: string } | null }[];
    }
    const { column, items } = await stack.api.ok<Values>('GET', `/imports/${id}/values?limit=500`);
    expect(items).toHaveLength(40);
    const values = items.flatMap(({ value, suggestion }) =>
      suggestion ? [{ value, dp: suggestion.dp }] : [],
    );
    const mapping = { column: column.index, values };
    await stack.api.ok('POST', `/imports/${id}/read`, {
      options: { columns: { name: 'Inventar' }, mapping },
    });
    expect(await stack.runState(id, 'previewed')).toMatchObject({
      counts: { new: 8_000, rejected: 0, withoutDp: 0 },
      needsDpChoice: false,
    });
    const rows = await stack.api.ok<{ total: number; items: object[] }>(
      'GET',
      `/imports/${id}/rows?chosenBy=mapping&limit=1`,
    );
    expect(rows).toMatchObject({
      total: 4_200,
      items: [{ assignedBy: { by: 'mapping', name: 'Wo steht er' } }],
    });
    const why = await stack.api.ok('POST', `/imports/${id}/explain-dp`, { line: 'new-1;siet-07' });
    expect(why).toMatchObject({ dp: 'site-07', by: 'mapping', text: 'site-07 installs it.' });

    // the third: keep it; and the next month needs none
    await stack.api.ok('POST', '/import-profiles', { name: 'inventory', run: id });
    const committed = await run(['commit', id, '--json']);
    expect([committed.code, committed.err]).toEqual([0, '']);
    const second = file('november.csv', month('nov'));
    const named = ['--profile', 'inventory', '--commit', '--json'];
    const november = await run(['csv', second, '--tenant', 'default', ...named]);
    expect([november.code, november.err]).toEqual([0, '']);
    expect(jsonOf(november)).toMatchObject({ state: 'committed', summary: { created: 8_000 } });
    const north = await stack.api.ok('GET', '/computers?dp=site-07&limit=1');
    expect(north).toMatchObject({ total: 400 });
    const unknown = await run(['csv', second, '--tenant', 'default', '--profile', 'other']);
    expect([unknown.code, unknown.err]).toEqual([1, expect.stringContaining('There are: inventory.')]);

    // what has changed since a preview is told, and what a rule says is asked
    const again = await run([
      'csv',
      file('more.csv', 'Name\nrule-1\nrule-2\n'),
      '--tenant',
      'default',
      '--json',
    ]);
    const rule = { tenant: 'default', name: 'By name', dp: 'site-01', when: { name: 'rule-*' } };
    const { id: ruleId } = await stack.api.ok<{ id: string }>('POST', '/assignment-rules', rule);
    const stale = await run(['commit', jsonOf(again).id]);
    expect([stale.code, stale.err]).toEqual([3, expect.stringContaining('changed since the preview')]);
    const reread = await run(['read', jsonOf(again).id, '--commit', '--json']);
    expect(jsonOf(reread)).toMatchObject({
      state: 'committed',
      assignment: { chosen: [{ by: 'rule', rule: ruleId, name: 'By name', dp: 'site-01', rows: 2 }] },
    });
    await stack.api.ok('DELETE', `/assignment-rules/${ruleId}`);
  }, 300_000);

  it('takes standard input, exits 2 on rejected rows and writes them to a file', async () => {
    const rejected = join(stack.folder, 'rejected.csv');
    const direct = ['--without-dp', 'server'];
    const args = ['csv', '-', '--tenant', 'default', '--commit', ...direct, '--rejected', rejected];
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
    const id = /relaypoint import read (\S+) --columns/.exec(failed.out)?.[1] ?? '';
    const again = await run([
      'read',
      id,
      '--columns',
      'name=Kiste,location=1',
      '--without-dp',
      'server',
      '--commit',
      '--json',
    ]);
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

    const commit = start(['csv', path, '--tenant', 'default', '--commit', '--without-dp', 'server']);
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

      const committed = await ad('--commit', '--without-dp', 'server', '--json');
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
      expect((await ad('--commit', '--without-dp', 'server')).code).toBe(0);
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
