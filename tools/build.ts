// Compiles the apps and libs into dist/ in one TypeScript program (nest-cli.json names the projects), and
// the console with Vite. Nothing is written when there is a type error, so dist/ never holds a half-failed build.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';
import { formatted, readNestCli } from './nest-projects.ts';

const ROOT = dirname(import.meta.dirname);
/** TS18003: a project without sources is not an error of the others. */
const NO_INPUTS = 18003;
const SPECS = /\.(?:int-|e2e-)?spec\.ts$/;

/** A hash over the files' names and content. */
function hashOf(files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files.toSorted()) {
    hash.update(`${relative(ROOT, file)}\0`);
    hash.update(readFileSync(file));
    hash.update('\0');
  }
  return hash.digest('hex');
}

function filesBelow(...patterns: string[]): string[] {
  return globSync(patterns, {
    cwd: ROOT,
    withFileTypes: true,
    exclude: (entry) => entry.name === 'node_modules',
  })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Runs `work` unless its inputs are those of its last success. @returns whether it ran */
function whenStale(stamp: string, inputs: readonly string[], force: boolean, work: () => void): boolean {
  const path = join(ROOT, 'dist', stamp);
  const hash = hashOf(inputs);
  if (!force && existsSync(path) && readFileSync(path, 'utf8') === hash) return false;
  rmSync(path, { force: true });
  work();
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, hash);
  return true;
}

function compileApps(nest: ReturnType<typeof readNestCli>): void {
  const began = Date.now();
  const names = Object.keys(nest.projects).join(', ');
  console.log(`building ${names} …`);
  const configs = Object.values(nest.projects).map(({ compilerOptions }) =>
    parseConfig(join(ROOT, compilerOptions.tsConfigPath)),
  );
  // the projects differ in their files only: they all extend the root tsconfig with the same options
  const options = { ...configs[0]?.options, noEmitOnError: true, incremental: false };
  const program = ts.createProgram([...new Set(configs.flatMap(({ fileNames }) => fileNames))], options);
  const diagnostics = [...configs.flatMap(({ errors }) => errors), ...ts.getPreEmitDiagnostics(program)];
  if (diagnostics.length > 0) failWith(diagnostics);

  const written = new Map<string, string>();
  const emitted = program.emit(undefined, (file, text) => void written.set(file, text));
  if (emitted.emitSkipped || emitted.diagnostics.length > 0) failWith(emitted.diagnostics);

  for (const [file, text] of written) {
    if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  const owned = ['libs/*/src', ...Object.values(nest.projects).map(({ sourceRoot }) => sourceRoot)];
  for (const file of filesBelow(...owned.map((folder) => `dist/${folder}/**/*.{js,js.map}`))) {
    if (!written.has(file)) rmSync(file); // its source is gone
  }
  console.log(`built ${names} in ${((Date.now() - began) / 1000).toFixed(1)} s`);
}

function parseConfig(path: string): ts.ParsedCommandLine {
  const read = ts.readConfigFile(path, (file) => ts.sys.readFile(file));
  if (read.error !== undefined) failWith([read.error]);
  const config = ts.parseJsonConfigFileContent(read.config, ts.sys, dirname(path), undefined, path);
  return { ...config, errors: config.errors.filter(({ code }) => code !== NO_INPUTS) };
}

function failWith(diagnostics: readonly ts.Diagnostic[]): never {
  console.error(formatted(diagnostics, ROOT));
  console.error(`the build failed with ${diagnostics.length} errors; nothing was written`);
  process.exit(1);
}

function buildConsole(): void {
  const began = Date.now();
  const vite = spawnSync('vite', ['build', '--logLevel', 'warn'], {
    cwd: join(ROOT, 'apps/console'),
    stdio: 'inherit',
  });
  if (vite.status !== 0) {
    console.error('the console could not be built');
    process.exit(1);
  }
  console.log(`built console in ${((Date.now() - began) / 1000).toFixed(1)} s`);
}

/**
 * What `/version` shows beside the version. Where this is no checkout of git, nothing is known of what is built; what was
 * built elsewhere keeps what was noted there, also in a folder that cannot be written to.
 */
function noteCommit(isBuilt: boolean): void {
  const path = join(ROOT, 'dist/commit');
  const known = spawnSync('git', ['describe', '--always', '--dirty', '--abbrev=12', '--exclude=*'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const isOurs = existsSync(join(ROOT, '.git'));
  const given = process.env['RELAYPOINT_COMMIT'];
  const commit = isOurs && known.status === 0 ? known.stdout : given ? `${given}\n` : null;
  if (commit === null) {
    if (isBuilt) rmSync(path, { force: true });
  } else if (!existsSync(path) || readFileSync(path, 'utf8') !== commit) writeFileSync(path, commit);
}

const force = process.argv.includes('--force');
const nest = readNestCli(ROOT);
const shared = [
  'tsconfig.json',
  'nest-cli.json',
  'package-lock.json',
  'tools/build.ts',
  'tools/nest-projects.ts',
].map((name) => join(ROOT, name));
const sources = filesBelow('apps/*/src/**/*.ts', 'apps/*/tsconfig.app.json', 'libs/*/src/**/*.{ts,json}');
const ofConsole = filesBelow('apps/console/**/*', 'libs/texts/src/**/*');
const compiled = sources.filter((file) => !SPECS.test(file) && !file.includes('/apps/console/'));
const isBuilt = whenStale('.apps-stamp', [...shared, ...compiled], force, () => compileApps(nest));
if (existsSync(join(ROOT, 'apps/console/vite.config.ts'))) {
  whenStale('.console-stamp', [...shared, ...ofConsole], force, buildConsole);
}
noteCommit(isBuilt);
