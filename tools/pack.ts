// npm run pack: packs server, gateway, importer, command lines and console with their packages and a Node of their own into
// dist/packages (or --out FOLDER): an archive, with its bill of materials beside it. docs/install.md installs it. The DP
// agent's bundles (npm run dp:pack) are in it when they are in dist/agents (or --agents FOLDER).
import {
  chmodSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { copyPackage, packFolder, renameAcross, sizeAndDigest } from './dp-pack/archive.ts';
import { ARCHITECTURES, type Architecture, nodeRuntime } from './dp-pack/node-runtime.ts';
import { withVersion } from './pack-version.ts';
import { makeSbom, type Lockfile } from './sbom.ts';

const ROOT = dirname(import.meta.dirname);
/** What is run, and what is served. */
const COMPILED = [
  'apps/server',
  'apps/dp-gateway',
  'apps/importer',
  'apps/cli',
  'apps/admin',
  'apps/console',
  'libs',
];
const BUILT_FROM = 'dist/commit';
/** What the programs take for their version. */
const VERSION_FILE = 'dist/libs/runtime/src/version.js';
const GUIDE = 'docs/install.md';
const BESIDE = ['LICENSE', 'CHANGELOG.md', 'deploy', GUIDE];

interface ProjectFile {
  readonly version: string;
  readonly imports: object;
  readonly bin: Readonly<Record<string, string>>;
}
interface LockedPackage {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly optional?: boolean;
}

const readJson = (name: string): unknown => JSON.parse(readFileSync(join(ROOT, name), 'utf8'));

/** The pages that the guide sends its reader to. */
const pagesLinked = (): string[] => {
  const links = readFileSync(join(ROOT, GUIDE), 'utf8').matchAll(/\]\(([\w-]+\.md)/g);
  return [...new Set(Array.from(links, ([, page]) => `docs/${page}`))];
};

/** Starts a command with the Node beside it. */
const launcher = (main: string): string => `#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
exec "$here/node" "$here/../app/${main}" "$@"
`;

/** Folders of the packages that are run, relative to the root. Optional ones are made for one machine, and done without. */
function packagesRun(): string[] {
  const { packages } = readJson('package-lock.json') as { packages: Record<string, LockedPackage> };
  return Object.entries(packages)
    .filter(([path, { dev, devOptional, optional }]) => path !== '' && !dev && !devOptional && !optional)
    .map(([path]) => path)
    .filter((path) => existsSync(join(ROOT, path, 'package.json')));
}

function layOut(
  folder: string,
  { version, imports, bin }: ProjectFile,
  own: string,
  arch: Architecture,
): void {
  const app = join(folder, 'app');
  const compiled = COMPILED.flatMap((part) =>
    globSync(`dist/${part}/**/*`, { cwd: ROOT, withFileTypes: true }),
  );
  for (const entry of compiled.filter((one) => one.isFile() && !one.name.endsWith('.map'))) {
    const from = join(entry.parentPath, entry.name);
    const to = join(app, from.slice(ROOT.length + 1));
    mkdirSync(dirname(to), { recursive: true });
    cpSync(from, to);
  }
  // what /version says; a build without a history has none
  if (existsSync(join(ROOT, BUILT_FROM))) cpSync(join(ROOT, BUILT_FROM), join(app, BUILT_FROM));
  if (version !== own) {
    const text = readFileSync(join(ROOT, VERSION_FILE), 'utf8');
    writeFileSync(join(app, VERSION_FILE), withVersion(text, own, version));
  }
  for (const path of packagesRun()) copyPackage(ROOT, path, app);
  writeFileSync(
    join(app, 'package.json'),
    JSON.stringify({ name: 'relaypoint', version, type: 'module', imports }),
  );
  writeFileSync(join(folder, 'VERSION'), `${version}\n`);
  for (const name of [...BESIDE, ...pagesLinked()])
    cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  cpSync(join(ROOT, 'deploy/setup.sh'), join(folder, 'setup.sh'));
  mkdirSync(join(folder, 'bin'));
  for (const [name, main] of Object.entries(bin).filter(([, path]) => !path.includes('dp-agent'))) {
    writeFileSync(join(folder, 'bin', name), launcher(main.replace(/^\.\//, '')));
    chmodSync(join(folder, 'bin', name), 0o755);
  }
  const node = nodeRuntime(ROOT, arch);
  cpSync(join(node, 'bin/node'), join(folder, 'bin/node'));
  cpSync(join(node, 'LICENSE'), join(folder, 'LICENSE.node'));
}

/** The agent's bundles of this version, where they have been packed. */
function addAgents(folder: string, agents: string, version: string): boolean {
  const description = join(agents, `bundle-${version}.json`);
  if (!existsSync(description)) return false;
  const { files } = JSON.parse(readFileSync(description, 'utf8')) as { files: { name: string }[] };
  const names = [...files.map(({ name }) => name), 'dp.sh', `bundle-${version}.json`];
  for (const name of names) cpSync(join(agents, name), join(folder, 'agents', name));
  return true;
}

function packAll(): void {
  const { values } = parseArgs({
    options: {
      out: { type: 'string', default: join(ROOT, 'dist/packages') },
      arch: { type: 'string', default: process.arch },
      agents: { type: 'string', default: join(ROOT, 'dist/agents') },
      // what it calls itself; for trying an upgrade to it
      'as-version': { type: 'string' },
      // 1 is fast, 9 is small
      level: { type: 'string', default: '6' },
    },
  });
  const arch = ARCHITECTURES.find((one) => one === values.arch);
  if (arch === undefined) {
    console.error(`--arch ${values.arch}: it is ${ARCHITECTURES.join(' or ')}`);
    process.exit(2);
  }
  const missing = COMPILED.filter((part) => !existsSync(join(ROOT, 'dist', part)));
  if (missing.length > 0) {
    console.error(`not built: ${missing.join(', ')}; npm run build`);
    process.exit(1);
  }
  const own = readJson('package.json') as ProjectFile;
  const project = { ...own, version: values['as-version'] ?? own.version };
  const out = resolve(values.out);
  mkdirSync(out, { recursive: true });
  const name = `relaypoint-${project.version}-linux-${arch}`;
  const work = mkdtempSync(join(tmpdir(), 'relaypoint-pack-'));
  try {
    const bundle = join(work, 'bundle');
    mkdirSync(bundle);
    layOut(bundle, project, own.version, arch);
    if (!addAgents(bundle, resolve(values.agents), own.version))
      console.log('without the DP agent: npm run dp:pack before, to have it in (docs/install-dp.md)');
    packFolder(bundle, join(work, `${name}.tar.gz`), values.level);
    renameAcross(join(work, `${name}.tar.gz`), join(out, `${name}.tar.gz`));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  const sbom = makeSbom(readJson('package-lock.json') as Lockfile, { isRunOnly: true });
  writeFileSync(join(out, `${name}.cdx.json`), `${JSON.stringify(sbom, null, 2)}\n`);
  const { size, sha256 } = sizeAndDigest(join(out, `${name}.tar.gz`));
  console.log(`${join(out, `${name}.tar.gz`)} ${(size / 2 ** 20).toFixed(1)} MiB sha256 ${sha256}`);
}

packAll();
