import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, delimiter, join, resolve } from 'node:path';
import {
  AptProgress,
  PackageFault,
  type PackageWork,
  aptGet,
  checkStopped,
  describePlan,
  planOf,
  reasonOf,
  updateLists,
} from './apt.ts';
import type { DebianPackage } from './list.ts';
import { inTurn } from './lock.ts';
import { withProgress } from './progress.ts';
import { relocate } from './relocate.ts';
import { run } from './run.ts';
import { writeTrustStore } from './trust-store.ts';

/** Names the folders of unpacked packages that this program and those it starts use, as PATH names folders. */
const ROOTS = 'RELAYPOINT_UNPACKED';
/** Where commands are in an unpacked root. RabbitMQ's own scripts come before Debian's, which switch to another user. */
const COMMANDS = [
  'usr/lib/rabbitmq/bin',
  'usr/lib/erlang/bin',
  'usr/share/maven/bin',
  'usr/lib/jvm/default-java/bin',
  'usr/bin',
  'usr/sbin',
  'bin',
  'sbin',
];

/**
 * Fetches packages with what they need and unpacks them below `folder`, as an ordinary user: nothing outside is touched,
 * no script of theirs is run. Afterwards this process and those it starts find their commands. What is unpacked there
 * already is taken as it is.
 *
 * @returns the wanted packages that this system's sources do not have
 * @throws PackageFault
 */
export async function unpackPackages(
  wanted: readonly DebianPackage[],
  folder: string,
  work: PackageWork,
): Promise<readonly string[]> {
  const place = resolve(folder);
  if (!/^[\w./+@-]+$/.test(place))
    throw new PackageFault(
      `packages cannot be unpacked below ${place}, because their scripts want a path of letters, digits and ./+@-_ alone: ` +
        'move the project, or set RELAYPOINT_STATE to such a folder',
    );
  const root = join(place, keyOf(wanted));
  return inTurn(join(place, 'lock.pid'), work, async () => {
    const complete = join(root, 'complete');
    if (existsSync(complete)) {
      use(root);
      return [];
    }
    rmSync(root, { recursive: true, force: true });
    const unavailable = await fetchAndUnpack(wanted, place, root, work);
    use(root);
    // what is lacking now may be there at the next start
    if (unavailable.length === 0) writeFileSync(complete, '');
    return unavailable;
  });
}

async function fetchAndUnpack(
  wanted: readonly DebianPackage[],
  place: string,
  root: string,
  work: PackageWork,
): Promise<readonly string[]> {
  const { say, signal } = work;
  // apt with lists and a cache of its own; what the system has installed counts as there
  const apt = join(place, 'apt');
  for (const name of ['lists/partial', 'archives/partial', 'packages'])
    mkdirSync(join(apt, name), { recursive: true });
  const options = [
    `-oDir::State::Lists=${join(apt, 'lists')}`,
    `-oDir::Cache=${apt}`,
    `-oDir::Cache::Archives=${join(apt, 'archives')}`,
    '-oDebug::NoLocking=true',
  ];
  const oldLists = await updateLists(options, work);
  const names = wanted.map(({ name }) => name);
  const plan = await planOf(options, names, oldLists);
  checkStopped(work, 'before anything was fetched');
  say(`unpacking ${describePlan(wanted, plan)}, into ${root}`);
  const progress = new AptProgress();
  const packages = plan.packages.map(({ name, version }) => `${name}=${version}`);
  const fetched = await withProgress(say, progress.state, () =>
    aptGet(options, ['download', '-q', ...packages], {
      cwd: join(apt, 'packages'),
      signal,
      status: progress.take,
    }),
  );
  checkStopped(work, 'while packages were fetched');
  if (fetched.code !== 0) throw new PackageFault(`apt-get download failed: ${reasonOf(fetched)}`);

  let done = 0;
  await withProgress(
    say,
    () => `unpacked ${done} of ${plan.packages.length}`,
    async () => {
      mkdirSync(root, { recursive: true });
      for (const { name, version } of plan.packages) {
        checkStopped(work, 'while packages were unpacked');
        // a colon in a version is escaped in the file's name
        const [file] = globSync(`${name}_${version.replaceAll(':', '%3a')}_*.deb`, {
          cwd: join(apt, 'packages'),
        });
        if (file === undefined) throw new PackageFault(`apt-get download left no file for ${name}`);
        const unpacked = await run('dpkg-deb', ['--extract', join(apt, 'packages', file), root]);
        if (unpacked.code !== 0)
          throw new PackageFault(`${name} could not be unpacked: ${reasonOf(unpacked)}`);
        done += 1;
      }
    },
  );
  // what the packages' own scripts would have made
  if (existsSync(join(root, 'usr/lib/jvm'))) writeTrustStore(join(root, 'etc/ssl/certs/java/cacerts'));
  relocate(root);
  rmSync(join(apt, 'packages'), { recursive: true, force: true });
  say(`unpacked in ${progress.seconds} s`);
  return plan.unavailable;
}

/** Lets this process, and those it starts, find what is in an unpacked root. */
function use(root: string): void {
  const append = (name: string, folders: readonly string[]): void => {
    const before = process.env[name]?.split(delimiter).filter((folder) => folder !== '') ?? [];
    process.env[name] = [...new Set([...before, ...folders])].join(delimiter);
  };
  const existing = (folders: readonly string[]): string[] =>
    folders.map((folder) => join(root, folder)).filter((folder) => existsSync(folder));
  append('PATH', existing(COMMANDS));
  append(
    'LD_LIBRARY_PATH',
    globSync(['usr/lib/*-linux-gnu*', 'lib/*-linux-gnu*'], { cwd: root }).map((folder) => join(root, folder)),
  );
  append(ROOTS, [root]);
  if (existsSync(join(root, 'etc/fonts'))) process.env.FONTCONFIG_SYSROOT = root;
}

/** A file of a package, by where it is installed: in an unpacked root when the system does not have it. */
export function installedPath(path: string): string {
  const roots = process.env[ROOTS]?.split(delimiter) ?? [];
  return [path, ...roots.map((root) => join(root, path))].find((place) => existsSync(place)) ?? path;
}

/** One folder for what is wanted on this release of this system. */
function keyOf(wanted: readonly DebianPackage[]): string {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  const names = wanted.map(({ name }) => name).toSorted();
  const hash = createHash('sha256')
    .update([release, ...names].join('\n'))
    .digest('hex')
    .slice(0, 8);
  return `${basename(names[0] ?? 'nothing')}-${hash}`;
}
