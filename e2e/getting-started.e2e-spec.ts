import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeAsRoot } from '../tools/testing/as-root.js';
import { TestComputers } from '../tools/testing/computers.js';
import { TestSlapd } from '../tools/testing/directories.js';
import { eventually } from '../tools/testing/eventually.js';
import { chaptersOf, type GuideChapter } from '../tools/testing/guide.js';
import { BareRoot } from './support/bare-root.js';
import { ConsoleBrowser } from './support/console-browser.js';
import { Newcomer, type Paste } from './support/newcomer.js';
import { Stack } from './support/stack.js';

jest.setTimeout(300_000);

const ROOT = join(__dirname, '..');
/** `RELAYPOINT_PICTURES=en`: the guides of these languages are followed, and their pictures taken anew. */
const PICTURES = process.env['RELAYPOINT_PICTURES'];
const LANGUAGES = (['en', 'de'] as const).filter((one) => (PICTURES ?? 'en').includes(one));
const GUIDES = { en: 'docs/getting-started.md', de: 'docs/getting-started.de.md' } as const;
/** Computers of the file that are there; the others are off. The odd ones are at the first site. */
const THERE = PICTURES === undefined ? 4 : 10;
/** Stands in the guide for every secret. */
const SECRET = '••••••••';

interface ComputerView {
  name: string;
  state: string;
  dp: { fixed: string | null };
}

/**
 * A newcomer at an empty installation, who has the guide alone. What is not theirs is done around them: the lines of the first chapter,
 * which start the server, are looked at and done by the stack; computers are restarted by their users.
 */
describeAsRoot.each(LANGUAGES)('a newcomer with the guide to getting started (%s)', (language) => {
  const folder = mkdtempSync(join(tmpdir(), 'getting-started-'));
  const chapters = chaptersOf(readFileSync(join(ROOT, GUIDES[language]), 'utf8'));
  const chapter = (number: number): GuideChapter =>
    chapters.find(({ title }) => title.startsWith(`${number}. `)) ?? { title: `no ${number}`, steps: [] };
  const agents = join(folder, 'agents');
  const client = join(folder, 'client');
  let machines: [BareRoot, BareRoot];
  let computers: TestComputers;
  let directory: TestSlapd;
  let stack: Stack;
  let browser: ConsoleBrowser;
  let newcomer: Newcomer;

  beforeAll(async () => {
    // makes everything wait that this process has open, so nothing is yet
    machines = [BareRoot.make(join(folder, 'berlin')), BareRoot.make(join(folder, 'hamburg'))];
    [computers, directory] = await Promise.all([TestComputers.start(THERE), TestSlapd.start(60)]);
  });
  afterAll(async () => {
    await browser?.stop();
    machines?.forEach((machine) => machine.stop());
    await stack?.stop();
    await Promise.all([computers?.stop(), directory?.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  const gatewayOf = (): Record<string, string> => ({ 'http://192.0.2.10:3001': stack.gatewayUrls[0] ?? '' });

  /** A machine at a site. There is no sudo on a bare one, and no systemd in a namespace: the service is started by hand. */
  const machineOf = (machine: BareRoot): Paste => {
    return async (line) => {
      const { code, text } = await machine.sh(`${line.replace('sudo ', '')} --no-service`);
      if (code !== 0) throw new Error(text);
      machine.start('exec runuser -u relaypoint-dp -- relaypoint-dp run');
      return text;
    };
  };

  const computersOf = async (): Promise<ComputerView[]> =>
    (await stack.api.ok<{ items: ComputerView[] }>('GET', '/computers?folder=all&limit=100')).items;
  const numbersThere = Array.from({ length: THERE }, (_, index) => index + 1);
  const inState = (state: string): Promise<void> =>
    eventually(
      async () => {
        const all = await computersOf();
        for (const n of numbersThere) {
          const computer = all.find(({ name }) => name === computers.name(n).toUpperCase());
          if (computer?.state !== state) throw new Error(`${computers.name(n)}: ${JSON.stringify(computer)}`);
        }
      },
      { timeoutMs: 120_000 },
    );

  it('starts the server', async () => {
    const starts: Record<string, () => Promise<void> | void> = {
      'npm run client:pack': () =>
        void execFileSync(process.execPath, ['tools/client-pack.mjs', '--out', client]),
      'npm run dp:pack': () => {
        const small = ['--arch', process.arch, '--no-deb', '--level', '1'];
        execFileSync(process.execPath, ['tools/dp-pack.ts', '--out', agents, ...small], { stdio: 'pipe' });
      },
      'HOST=192.0.2.10 npm start -- --empty': async () => {
        stack = await Stack.start({ serverEnv: { DP_BUNDLE_DIR: agents } });
        // the computers of a test do not listen on port 22
        await stack.api.ok('PATCH', '/settings', { sshPort: computers.port });
      },
    };
    const pasted = chapter(1).steps.flatMap((step) => (step.kind === 'paste' ? step.lines : []));
    expect(pasted).toEqual(Object.keys(starts));
    for (const line of pasted) await starts[line]?.();
    browser = await ConsoleBrowser.start(stack);
    newcomer = new Newcomer(await browser.open(language), PICTURES !== undefined);
  });

  it('signs in, and publishes a client version', async () => {
    await newcomer.follow(chapter(2), { [SECRET]: stack.adminPassword });
    const file = readdirSync(client).find((name) => name.endsWith('.tar.gz')) ?? '';
    await newcomer.follow(chapter(3), { [file]: join(client, file) });
    await eventually(async () => {
      const { items } = await stack.api.ok<{ items: object[] }>('GET', '/client-releases');
      expect(items).toMatchObject([{ state: 'published', default: true }]);
    });
  });

  it('has a DP at each site, which can open the account', async () => {
    const [berlin, hamburg] = machines;
    const secret = { [SECRET]: computers.password };
    await newcomer.follow(chapter(4), gatewayOf(), machineOf(berlin));
    await newcomer.follow(chapter(5), { ...secret, deploy: computers.user });
    const other = { ...gatewayOf(), berlin: 'hamburg', Berlin: 'Hamburg' };
    await newcomer.follow(chapter(4), other, machineOf(hamburg));
    await newcomer.follow(chapter(6), secret);
    await eventually(async () => {
      const { items } = await stack.api.ok<{ items: object[] }>('GET', '/distribution-points?state=enabled');
      expect(items).toMatchObject([
        { id: 'berlin', accountsToEnter: [], overdue: false },
        { id: 'hamburg', accountsToEnter: [], overdue: false },
      ]);
    });
  });

  it('imports forty computers, each with the DP of its site', async () => {
    const file = join(folder, 'two-sites.csv');
    const sample = readFileSync(join(ROOT, 'samples/two-sites.csv'), 'utf8');
    writeFileSync(
      file,
      sample.replaceAll(/(?:198\.51\.100|203\.0\.113)\.(\d+)/g, (_, n: string) =>
        computers.address(Number(n)),
      ),
    );
    await newcomer.follow(chapter(7), { 'two-sites.csv': file });
    const all = await computersOf();
    expect(all).toHaveLength(40);
    const fixed = all.map(({ name, dp }) => [Number(name.slice(3)) % 2, dp.fixed]);
    expect(fixed.every(([odd, dp]) => dp === (odd === 1 ? 'berlin' : 'hamburg'))).toBe(true);
  });

  it('releases them, and those that are on become ready', async () => {
    await newcomer.follow(chapter(8));
    await inState('pending-restart');
    for (const n of numbersThere) {
      const contact = (): Promise<string> =>
        eventually(() => computers.exec(n, '/opt/relaypoint-client/bin/relaypoint-client contact'), {
          timeoutMs: 60_000,
        });
      await contact();
      await computers.reboot(n);
      await contact();
    }
    await inState('ready');
    await newcomer.follow(chapter(9));
  });

  it('has a directory read on schedule', async () => {
    const base = directory.fact('BASE_DN');
    await newcomer.follow(chapter(10), {
      'ldaps://dc1.corp.example.com': directory.fact('LDAPS_URL'),
      'svc-import@corp.example.com': directory.fact('BIND_DN'),
      'DC=corp,DC=example,DC=com': base,
      '-----BEGIN CERTIFICATE-----…': directory.ca,
      [SECRET]: directory.fact('PASSWORD'),
    });
    const { items } = await stack.api.ok<{ items: { id: string }[] }>('GET', '/directories');
    expect(items).toMatchObject([
      { schedule: { every: 15 }, policy: 'commit', sync: { last: { result: 'committed' } } },
    ]);
    const read = (await computersOf()).filter(({ name }) => /-0000\d\d$/.test(name));
    expect(new Set(read.map(({ dp }) => dp.fixed))).toEqual(new Set(['berlin', 'hamburg']));
    expect(browser.faults).toEqual([]);
    expect(await stack.deadLetters()).toEqual({});
  });
});
