import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { eventually } from '../testing/eventually.js';
import { type Outcome, watchSources } from './watch.ts';

const ROOT = join(__dirname, '..', '..');
const SERVER = 'dist/apps/server/src/main.js';
const GATEWAY = 'dist/apps/dp-gateway/src/main.js';
const LIBRARY = 'libs/rules/src/index.ts';

describe('sources that are watched', () => {
  const root = mkdtempSync(join(tmpdir(), 'watch-'));
  const outcomes: Outcome[] = [];
  const ending = new AbortController();
  let ended: Promise<void>;

  const write = (name: string, text: string): void => {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  };
  const program = (name: string): string =>
    `import { double } from '../../../libs/rules/src/index.js';\nconsole.log('${name}', double(2));\n`;
  const untilThereAre = (count: number): Promise<void> =>
    eventually(
      () => {
        if (outcomes.length !== count) throw new Error(`not ${count}: ${JSON.stringify(outcomes)}`);
      },
      { timeoutMs: 60_000 },
    );
  /** Makes a change, and waits for so many outcomes. */
  const change = async (name: string, text: string, count: number): Promise<Outcome[]> => {
    outcomes.length = 0;
    write(name, text);
    await untilThereAre(count);
    return [...outcomes];
  };

  beforeAll(async () => {
    mkdirSync(join(root, 'tools/dev'), { recursive: true });
    for (const name of ['tsconfig.json', 'tools/dev/tsconfig.watch.json'])
      copyFileSync(join(ROOT, name), join(root, name));
    symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
    write('package.json', '{"type": "module"}');
    write('nest-cli.json', '{"compilerOptions": {"plugins": []}, "projects": {}}');
    write(LIBRARY, 'export const double = (value: number): number => value * 2;\n');
    write('apps/server/src/main.ts', program('server'));
    write('apps/dp-gateway/src/main.ts', "console.log('gateway');\n");
    write('dist/.apps-stamp', 'of an earlier build');
    ended = watchSources({ root, scripts: [SERVER, GATEWAY] }, ending.signal, (outcome) =>
      outcomes.push(outcome),
    );
    await untilThereAre(1);
  }, 90_000);
  afterAll(async () => {
    ending.abort();
    await ended;
    rmSync(root, { recursive: true, force: true });
  });

  it('are compiled at the beginning where that was not done, and the next build begins anew', () => {
    expect(outcomes).toEqual([expect.objectContaining({ scripts: [SERVER, GATEWAY] })]);
    expect([existsSync(join(root, GATEWAY)), existsSync(join(root, 'dist/.apps-stamp'))]).toEqual([
      true,
      false,
    ]);
  });

  it('tell which program contains a change', async () => {
    expect(await change('apps/dp-gateway/src/main.ts', program('gateway'), 1)).toEqual([
      expect.objectContaining({ sources: ['apps/dp-gateway/src/main.ts'], scripts: [GATEWAY] }),
    ]);
    expect(await change('apps/server/src/main.ts', program('another server'), 1)).toEqual([
      expect.objectContaining({ sources: ['apps/server/src/main.ts'], scripts: [SERVER] }),
    ]);
  }, 90_000);

  it('tell that both contain a changed library', async () => {
    const text = 'export const double = (value: number): number => value + value;\n';
    expect(await change(LIBRARY, text, 1)).toEqual([
      expect.objectContaining({ sources: [LIBRARY], scripts: [SERVER, GATEWAY] }),
    ]);
  }, 90_000);

  it('change nothing in dist/ when a change has an error', async () => {
    const before = readFileSync(join(root, SERVER), 'utf8');
    expect(await change('apps/server/src/main.ts', 'export const wrong: number = "text";\n', 1)).toEqual([
      { errors: 1, late: false, text: expect.stringContaining("Type 'string' is not assignable") as string },
    ]);
    expect(readFileSync(join(root, SERVER), 'utf8')).toBe(before);
    // mended, to what is built
    expect(await change('apps/server/src/main.ts', program('another server'), 1)).toEqual([
      expect.objectContaining({ sources: [], scripts: [] }),
    ]);
  }, 90_000);

  it('tell what a change breaks elsewhere, after it was written', async () => {
    const text = 'export const double = (value: string): string => value.repeat(2);\n';
    expect(await change(LIBRARY, text, 2)).toEqual([
      expect.objectContaining({ sources: [LIBRARY], scripts: [SERVER, GATEWAY] }),
      { errors: 2, late: true, text: expect.stringContaining('apps/server/src/main.ts') as string },
    ]);
  }, 90_000);
});
