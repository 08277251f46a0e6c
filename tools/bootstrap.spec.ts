import { spawn, spawnSync } from 'node:child_process';
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
import { delimiter, dirname, join } from 'node:path';

const ROOT = dirname(__dirname);

/** A project of its own in a temporary folder, with this project's tools. */
class Project {
  readonly folder = mkdtempSync(join(tmpdir(), 'bootstrap-'));

  write(name: string, content: string | object, mode = 0o644): void {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content), { mode });
  }

  copy(...names: string[]): void {
    for (const name of names) {
      mkdirSync(dirname(join(this.folder, name)), { recursive: true });
      copyFileSync(join(ROOT, name), join(this.folder, name));
    }
  }

  exists(name: string): boolean {
    return existsSync(join(this.folder, name));
  }

  run(...args: string[]): { status: number | null; output: string } {
    const { npm_execpath: _npm, ...env } = process.env;
    env.PATH = [join(this.folder, 'bin'), env.PATH].join(delimiter);
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: this.folder,
      env,
      encoding: 'utf8',
    });
    return { status, output: stdout + stderr };
  }
}

let project: Project;
beforeEach(() => {
  project = new Project();
});
afterEach(() => rmSync(project.folder, { recursive: true, force: true }));

describe('the bootstrap', () => {
  const lock = (version: string): object => ({
    packages: {
      '': { name: 'test' },
      'node_modules/needed': { version },
      'node_modules/for-another-system': { version: '1.0.0', optional: true },
    },
  });
  const installed = (version: string): object => ({ packages: { 'node_modules/needed': { version } } });
  const verb = (): { status: number | null; output: string } =>
    project.run('tools/bootstrap.mjs', 'client:pack', 'an argument');

  beforeEach(() => {
    project.copy('tools/bootstrap.mjs');
    project.write('tools/client-pack.mjs', 'console.log(`ran with ${process.argv[2]}`); process.exit(7)');
    project.write('package-lock.json', lock('1.0.0'));
    // an npm that does what npm ci does to the lockfile in node_modules
    project.write(
      'bin/npm',
      `#!/bin/sh\n[ "$1" = ci ] || exit 0\nmkdir -p node_modules\necho '${JSON.stringify(installed('1.0.0'))}' > node_modules/.package-lock.json\necho "npm $*"\n`,
      0o755,
    );
  });

  it('installs on a fresh clone, says so, and hands over with the arguments and the exit code', () => {
    const { status, output } = verb();
    expect(output).toContain('node_modules is not what package-lock.json says');
    expect(output).toContain('npm ci --ignore-scripts');
    expect(output).toContain('ran with an argument');
    expect(status).toBe(7);
  });

  it('does not install again what is there', () => {
    project.write('node_modules/.package-lock.json', installed('1.0.0'));
    expect(verb()).toEqual({ status: 7, output: 'ran with an argument\n' });
  });

  it.each([
    ['another version is installed', installed('1.0.1')],
    ['something is missing', { packages: {} }],
    [
      'something is there that the lockfile does not name',
      { packages: { ...installed('1.0.0'), 'node_modules/stray': {} } },
    ],
  ])('installs when %s', (_, there) => {
    project.write('node_modules/.package-lock.json', there);
    expect(verb().output).toContain('npm ci');
  });

  it('starts nothing when npm fails', () => {
    project.write('bin/npm', '#!/bin/sh\nexit 1\n', 0o755);
    const { status, output } = verb();
    expect(output).toContain('npm ci failed; nothing was started');
    expect(output).not.toContain('ran with');
    expect(status).toBe(1);
  });

  it('passes a signal on to what runs, and ends when that has ended', async () => {
    project.write('node_modules/.package-lock.json', installed('1.0.0'));
    project.write(
      'tools/client-pack.mjs',
      "process.on('SIGTERM', () => { console.log('stopped in order'); process.exit(5); });\n" +
        "setInterval(() => {}, 1000); console.log('runs');",
    );
    const child = spawn(process.execPath, ['tools/bootstrap.mjs', 'client:pack'], {
      cwd: project.folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (part: Buffer) => {
      output += part.toString('utf8');
      if (output === 'runs\n') child.kill('SIGTERM');
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect({ code, output }).toEqual({ code: 5, output: 'runs\nstopped in order\n' });
  });

  it('ends an installation at a signal, and installs anew at the next run', async () => {
    project.write(
      'bin/npm',
      '#!/bin/sh\n[ "$1" = ci ] || exit 0\ntrap : INT\ntouch begun\nwhile :; do sleep 1; done\n',
      0o755,
    );
    const { npm_execpath: _npm, ...env } = process.env;
    const child = spawn(process.execPath, ['tools/bootstrap.mjs', 'client:pack'], {
      cwd: project.folder,
      env: { ...env, PATH: [join(project.folder, 'bin'), env.PATH].join(delimiter) },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const look = setInterval(() => project.exists('begun') && child.kill('SIGINT'), 50);
    const code = await new Promise((resolve) => child.once('close', resolve));
    clearInterval(look);
    expect(code).toBe(130);
    project.write('bin/npm', '#!/bin/sh\nexit 1\n', 0o755);
    expect(verb().output).toContain('npm ci failed; nothing was started');
  });

  it.each([
    ['npm error code ENOSPC', 'The disk is full'],
    ['npm error code EACCES', 'cannot be written to by this user'],
    ['npm error code ENOTFOUND', 'The npm registry cannot be reached'],
    ['npm error code SELF_SIGNED_CERT_IN_CHAIN', 'NODE_EXTRA_CA_CERTS'],
  ])('says in a sentence what to do about "%s"', (says, sentence) => {
    project.write('bin/npm', `#!/bin/sh\necho "${says}" >&2\nexit 1\n`, 0o755);
    const { status, output } = verb();
    expect(output).toContain(sentence);
    expect(status).toBe(1);
  });

  it('names its verbs, and refuses others', () => {
    expect(project.run('tools/bootstrap.mjs', '--help')).toMatchObject({ status: 0 });
    const { status, output } = project.run('tools/bootstrap.mjs', 'strat');
    expect(output).toContain('unknown verb: strat');
    expect(status).toBe(2);
  });
});

describe('the build', () => {
  const main = 'dist/apps/server/src/main.js';

  beforeEach(() => {
    project.copy('tools/build.ts', 'tools/nest-projects.ts', 'tsconfig.json', 'package-lock.json');
    project.copy('apps/server/tsconfig.app.json');
    symlinkSync(join(ROOT, 'node_modules'), join(project.folder, 'node_modules'));
    const server = {
      sourceRoot: 'apps/server/src',
      compilerOptions: { tsConfigPath: 'apps/server/tsconfig.app.json' },
    };
    project.write('nest-cli.json', { compilerOptions: { plugins: [] }, projects: { server } });
    project.write('package.json', { type: 'module' });
    project.write('apps/server/src/main.ts', 'export const answer: number = 42;\n');
  });

  it('compiles what is stale, once, and forgets what has no source any more', () => {
    project.write('apps/server/src/gone.ts', 'export const gone = 1;\n');
    expect(project.run('tools/build.ts')).toMatchObject({
      status: 0,
      output: expect.stringContaining('built server') as string,
    });
    expect(project.exists('dist/apps/server/src/gone.js')).toBe(true);
    expect(project.run('tools/build.ts')).toEqual({ status: 0, output: '' });
    rmSync(join(project.folder, 'apps/server/src/gone.ts'));
    expect(project.run('tools/build.ts').output).toContain('built server');
    expect([project.exists(main), project.exists('dist/apps/server/src/gone.js')]).toEqual([true, false]);
  }, 60_000);

  it('writes nothing when a type is wrong, and does not count as done', () => {
    project.run('tools/build.ts');
    const before = readFileSync(join(project.folder, main), 'utf8');
    project.write('apps/server/src/main.ts', "export const answer: number = 'wrong';\n");
    for (let times = 0; times < 2; times++) {
      const { status, output } = project.run('tools/build.ts');
      expect(output).toContain("Type 'string' is not assignable to type 'number'");
      expect(status).toBe(1);
    }
    expect(readFileSync(join(project.folder, main), 'utf8')).toBe(before);
  }, 60_000);
});
