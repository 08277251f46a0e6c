import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { providePackages } from '../packages/provide.ts';
import { withProgress } from '../packages/progress.ts';
import { run } from '../packages/run.ts';
import type { Passed } from './choices.ts';

/** The version of MongoDB that is brought where none is there; as in docker-compose.yml (tools/deployment.spec.ts). */
export const MONGODB_VERSION = '8.0.13';
/** Nothing came for so long: there is no way to it, whatever answers. */
const SILENCE_MS = 20_000;

export interface DownloadOptions {
  /** Where the program is kept. */
  readonly folder: string;
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** A mongod from MongoDB's own builds, downloaded once; passed over with the reason where that cannot be. */
export async function downloadMongod(options: DownloadOptions): Promise<{ readonly path: string } | Passed> {
  const { folder, say, signal } = options;
  if (process.platform !== 'linux') return { passed: 'mongod is downloaded on Linux only' };
  mkdirSync(folder, { recursive: true });
  // its sum is written when the program is there as a whole
  const [sum] = globSync('mongod-*.md5', { cwd: folder });
  if (sum !== undefined) return usable(join(folder, sum.slice(0, -'.md5'.length)), options);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });

  const silent = new AbortController();
  const stop = AbortSignal.any([silent.signal, ...(signal === undefined ? [] : [signal])]);
  const watch = watchGrowth(folder, () => silent.abort());
  const fetched = await withProgress(
    say,
    () => `downloading mongod ${MONGODB_VERSION}: ${(sizeOf(folder) / 1e6).toFixed(0)} MB`,
    () =>
      run(process.execPath, [join(import.meta.dirname, 'fetch-mongod.ts'), folder, MONGODB_VERSION], {
        // it trusts any certificate unless npm is strict, and checks no sum by itself
        env: {
          ...process.env,
          npm_config_strict_ssl: 'true',
          MONGOMS_MD5_CHECK: '1',
          MONGOMS_MAX_RETRIES: '1',
          MONGOMS_PREFER_GLOBAL_PATH: '0',
        },
        signal: stop,
      }),
  );
  clearInterval(watch);
  if (signal?.aborted === true) throw new Error('stopped while mongod was downloaded');
  const [, path] = /^mongod: (.*)$/m.exec(fetched.stdout) ?? [];
  if (fetched.code === 0 && path !== undefined) return usable(path, options);
  // what came so far is of no use to the next attempt, which may be for another version
  rmSync(folder, { recursive: true, force: true });
  const reason = silent.signal.aborted ? `nothing came for ${SILENCE_MS / 1000} s` : faultIn(fetched.stderr);
  return { passed: `mongod cannot be downloaded (${reason})` };
}

/** The error's own words in what Node prints of an uncaught one; the library quotes the cause on a line of its own. */
function faultIn(stderr: string): string {
  const [, cause] = /Details:\s*\n\s*(.+)/.exec(stderr) ?? [];
  const line = cause ?? stderr.split('\n').find((text) => /Error\b.*:/.test(text)) ?? 'it said nothing';
  return line.replace(/^\s*(?:\w*Error(?: \[\w+\])?: )/, '').trim();
}

/** MongoDB's builds need libcurl, which a bare system does not have. */
async function usable(
  path: string,
  { folder, say, signal }: DownloadOptions,
): Promise<{ path: string } | Passed> {
  const fault = (): string | undefined => {
    const { status, stderr, signal: killed, error } = spawnSync(path, ['--version'], { encoding: 'utf8' });
    return status === 0
      ? undefined
      : (error?.message ?? stderr.trim().split('\n').at(-1)) || `it ended (${killed})`;
  };
  const first = fault();
  if (first === undefined) return { path };
  if (first.includes('libcurl')) {
    const libcurl = { name: 'libcurl4', use: 'start', purpose: 'a library that mongod needs' } as const;
    await providePackages([libcurl], { folder: join(folder, '..'), say, signal });
  }
  const second = fault();
  return second === undefined ? { path } : { passed: `the downloaded mongod does not run here (${second})` };
}

function sizeOf(folder: string): number {
  return globSync('**/*', { cwd: folder }).reduce((sum, name) => {
    const found = statSync(join(folder, name), { throwIfNoEntry: false });
    return sum + (found?.isFile() === true ? found.size : 0);
  }, 0);
}

/** Calls `silent` when the folder has not grown for a while. */
function watchGrowth(folder: string, silent: () => void): NodeJS.Timeout {
  let size = 0;
  let grew = Date.now();
  return setInterval(() => {
    const now = sizeOf(folder);
    if (now !== size) [size, grew] = [now, Date.now()];
    else if (Date.now() - grew > SILENCE_MS) silent();
  }, 1_000);
}
