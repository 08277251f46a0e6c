import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const GO_WANTED = [1, 26] as const;
/** Where Go's own archive is unpacked to; on few PATHs. */
const GO_INSTALLED = '/usr/local/go/bin/go';

/** The Go that builds the client, or why there is none. */
export function findGo(): { readonly go: string } | { readonly missing: string } {
  const wanted = `Go ${GO_WANTED.join('.')} or later (https://go.dev/dl; Debian's golang-go is older)`;
  const found = ['go', GO_INSTALLED].find((name) => versionOf(name) !== undefined);
  if (found === undefined) return { missing: wanted };
  const version = versionOf(found) ?? '';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isNewEnough = major > GO_WANTED[0] || (major === GO_WANTED[0] && minor >= GO_WANTED[1]);
  return isNewEnough ? { go: found } : { missing: `${wanted}; here is ${version}` };
}

function versionOf(go: string): string | undefined {
  if (go.startsWith('/') && !existsSync(go)) return undefined;
  const ran = spawnSync(go, ['env', 'GOVERSION'], { encoding: 'utf8', env: goEnvironment() });
  return ran.status === 0 ? ran.stdout.trim().replace(/^go/, '') : undefined;
}

/** Never a Go that fetches another Go: which one builds a release is for whoever builds it to say. */
export function goEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, GOTOOLCHAIN: 'local' };
}

/** What packing needs and this machine lacks, each with where it comes from. */
export function missingPrograms(signing: boolean): string[] {
  const go = findGo();
  const debian = [
    ['wixl', 'wixl'],
    ['msibuild', 'msitools'],
    ...(signing ? [['osslsigncode', 'osslsigncode']] : []),
  ];
  return [
    ...('missing' in go ? [go.missing] : []),
    ...debian
      .filter(([program = '']) => spawnSync(program, ['--version']).error !== undefined)
      .map(([program, name]) => `${program} (Debian package ${name})`),
  ];
}

/**
 * Runs a program to its end, without a terminal: a program that would ask somebody for a password fails instead.
 *
 * @throws Error with what the program said
 */
export function run(
  program: string,
  args: readonly string[],
  { cwd, env }: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    const child = spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (part: Buffer) => (said += part.toString()));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${program} failed: ${said.trim() || `exit code ${code}`}`));
    });
  });
}
