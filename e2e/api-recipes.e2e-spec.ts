import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Stack } from './support/stack.js';
import { WorkingSite } from './support/working-site.js';

const MINUTES = 60_000;
const PAGE = readFileSync(join(__dirname, '..', 'docs', 'api-recipes.md'), 'utf8');
const HAS_POWERSHELL = spawnSync('pwsh', ['-Version'], { stdio: 'ignore' }).status === 0;
const PYTHON = process.env['RELAYPOINT_TEST_PYTHON'];

/** Where a language is not there, `npm test` says so. */
const LANGUAGES = [
  { language: 'sh', site: 'sh-site', command: ['bash'], isThere: true },
  { language: 'python', site: 'py-site', command: [PYTHON ?? ''], isThere: PYTHON !== undefined },
  {
    language: 'powershell',
    site: 'ps-site',
    command: ['pwsh', '-NoProfile', '-File'],
    isThere: HAS_POWERSHELL,
  },
] as const;

/** Every block of a language in the page, in its order. */
function blocksIn(language: string): string[] {
  return [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\``, 'gm'))].map(
    ([, text = '']) => text,
  );
}

describe('the recipes of docs/api-recipes.md', () => {
  let stack: Stack;
  let site: WorkingSite;

  beforeAll(async () => {
    stack = await Stack.start();
    site = new WorkingSite(stack.gatewayUrls[0] ?? '');
  }, 3 * MINUTES);
  afterAll(async () => {
    await site?.stop();
    await stack?.stop();
  }, 2 * MINUTES);

  it('are ten, each in every language', () => {
    const counts = LANGUAGES.map(({ language }) => blocksIn(language).length);
    expect(PAGE.match(/^## \d+\. /gm)).toHaveLength(10);
    expect(counts).toEqual([10, 10, 10]);
  });

  for (const { language, site: dp, command, isThere } of LANGUAGES) {
    (isThere ? describe : describe.skip)(`in ${language}`, () => {
      it(
        'do what they say',
        async () => {
          expect(await run(language, command)).toMatchObject({ exitCode: 0 });
          await expectDone(dp);
        },
        5 * MINUTES,
      );
    });
  }

  /** Runs all blocks of a language as one script, and the join command that it prints. */
  async function run(
    language: string,
    [program, ...args]: readonly [string, ...string[]],
  ): Promise<{ exitCode: number | null; said: string[] }> {
    const folder = join(stack.folder, language);
    mkdirSync(folder);
    const script = join(folder, language === 'powershell' ? 'recipes.ps1' : 'recipes');
    writeFileSync(script, blocksIn(language).join('\n'));
    const recipes = spawn(program, [...args, script], {
      cwd: folder,
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: folder,
        RELAYPOINT_URL: stack.serverUrls[0] ?? '',
        RELAYPOINT_TOKEN: stack.token,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise<number | null>((resolve) => recipes.once('close', resolve));
    const said: string[] = [];
    for await (const line of createInterface({ input: recipes.stdout })) {
      said.push(line);
      if (line.startsWith('relaypoint-dp join')) await site.join(line);
    }
    return { exitCode: await ended, said };
  }

  /** What is there when the last recipe has ended. */
  async function expectDone(dp: string): Promise<void> {
    const { api } = stack;
    const computers = await api.ok<{ items: { state: string }[] }>('GET', `/computers?q=${dp.slice(0, 2)}-0`);
    expect(computers.items.map(({ state }) => state)).toEqual(['ready', 'ready']);
    const orders = await api.ok('GET', `/orders?dp=${dp}&state=succeeded`);
    expect(orders).toMatchObject({ total: 2, items: [{ note: 'pilot' }, { note: 'pilot' }] });
    const accounts = await api.ok('GET', `/accounts?dp=${dp}`);
    expect(accounts).toMatchObject({ items: [{ sealedFor: [{ dp, stale: false }] }] });
    const brakes = await api.ok<{ items: object[] }>('GET', '/brakes');
    expect(brakes.items).toContainEqual(
      expect.objectContaining({
        scope: { account: null, release: null, dp },
        lifted: expect.objectContaining({ reason: 'the line is back' }) as object,
      }),
    );
    expect(await api.ok('GET', `/distribution-points/${dp}/settings`)).toMatchObject({
      values: { concurrency: 10 },
    });
  }
});
