// Packs the DP agent with a Node of its own into dist/agents (or --out FOLDER): for each processor an archive and a Debian
// package, with a description of both, and the install script beside them. Servers hand the folder out (DP_BUNDLE_DIR).
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { copyPackage, packFolder, renameAcross, sizeAndDigest } from './dp-pack/archive.ts';
import { debName, makeDeb } from './dp-pack/debian-package.ts';
import { ARCHITECTURES, type Architecture, nodeRuntime } from './dp-pack/node-runtime.ts';
import { filesOfProgram } from './dp-pack/program-files.ts';

const ROOT = dirname(import.meta.dirname);
const ENTRY = 'dist/apps/dp-agent/src/main.js';
/** What the agent takes for its version. */
const VERSION_FILE = 'dist/apps/dp-agent/src/base/version.js';
const INSTALL = join(ROOT, 'apps/dp-agent/install');

interface Described {
  readonly arch: Architecture;
  readonly kind: 'tar' | 'deb';
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
}

function describe(folder: string, name: string, arch: Architecture, kind: 'tar' | 'deb'): Described {
  return { arch, kind, name, ...sizeAndDigest(join(folder, name)) };
}

/** The content of a bundle but for Node itself. */
function layOut(folder: string, version: string): void {
  const { files, packages } = filesOfProgram(ROOT, ENTRY);
  const app = join(folder, 'app');
  for (const file of files) {
    mkdirSync(dirname(join(app, file)), { recursive: true });
    cpSync(join(ROOT, file), join(app, file));
  }
  if (version !== own.version) {
    const text = readFileSync(join(ROOT, VERSION_FILE), 'utf8');
    writeFileSync(join(app, VERSION_FILE), text.replace(`'${own.version}'`, `'${version}'`));
  }
  for (const path of packages) copyPackage(ROOT, path, app);
  const { imports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { imports: object };
  writeFileSync(
    join(app, 'package.json'),
    JSON.stringify({ name: 'relaypoint-dp', version, type: 'module', imports }),
  );
  writeFileSync(join(folder, 'VERSION'), `${version}\n`);
  cpSync(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'));
  cpSync(join(ROOT, 'apps/dp-agent/relaypoint-dp.service'), join(folder, 'relaypoint-dp.service'));
  mkdirSync(join(folder, 'bin'));
  cpSync(join(INSTALL, 'relaypoint-dp'), join(folder, 'bin/relaypoint-dp'));
  chmodSync(join(folder, 'bin/relaypoint-dp'), 0o755);
}

function pack(out: string, version: string, arch: Architecture, debs: boolean): Described[] {
  const work = mkdtempSync(join(tmpdir(), 'dp-pack-'));
  try {
    const node = nodeRuntime(ROOT, arch);
    const bundle = join(work, 'bundle');
    mkdirSync(bundle);
    layOut(bundle, version);
    cpSync(join(node, 'bin/node'), join(bundle, 'bin/node'));
    cpSync(join(node, 'LICENSE'), join(bundle, 'LICENSE.node'));
    const name = `relaypoint-dp-${version}-linux-${arch}.tar.gz`;
    packFolder(bundle, join(work, name), values.level);
    renameAcross(join(work, name), join(out, name));
    const made = [describe(out, name, arch, 'tar')];
    if (debs) {
      const deb = debName(version, arch);
      mkdirSync(join(work, 'deb'));
      makeDeb(bundle, version, arch, join(work, 'deb'), join(work, deb));
      renameAcross(join(work, deb), join(out, deb));
      made.push(describe(out, deb, arch, 'deb'));
    }
    return made;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: join(ROOT, 'dist/agents') },
    arch: { type: 'string', multiple: true },
    'no-deb': { type: 'boolean', default: false },
    // 1 is fast, 9 is small
    level: { type: 'string', default: '6' },
    // only for tests that need a second one
    version: { type: 'string' },
  },
});
if (!existsSync(join(ROOT, ENTRY))) {
  console.error('the agent is not built: npm run build');
  process.exit(1);
}
const wrong = (values.arch ?? []).filter((name) => !ARCHITECTURES.some((arch) => arch === name));
if (wrong.length > 0) {
  console.error(`--arch ${wrong.join(', ')}: it is ${ARCHITECTURES.join(' or ')}`);
  process.exit(2);
}
const own = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
const version = values.version ?? own.version;
const out = resolve(values.out);
mkdirSync(out, { recursive: true });
const files: Described[] = [];
for (const arch of ARCHITECTURES) {
  if (values.arch && !values.arch.includes(arch)) continue;
  try {
    files.push(...pack(out, version, arch, !values['no-deb']));
  } catch (error) {
    // asked for by name it has to be there; else the bundle of the other processor is worth having alone
    if (values.arch) throw error;
    console.error(`${arch} is left out: ${error instanceof Error ? error.message : String(error)}`);
  }
}
if (files.length === 0) process.exit(1);
cpSync(join(INSTALL, 'dp.sh'), join(out, 'dp.sh'));
// last: from now on the version is offered
writeFileSync(join(out, `bundle-${version}.json.new`), `${JSON.stringify({ version, files }, null, 2)}\n`);
renameSync(join(out, `bundle-${version}.json.new`), join(out, `bundle-${version}.json`));
for (const { name, size, sha256 } of files)
  console.log(`${join(out, name)} ${(size / 2 ** 20).toFixed(1)} MiB sha256 ${sha256}`);
