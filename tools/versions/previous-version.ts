// The version before this one, as it was: installations go from it to this one and back, part by part, and the tests do so too.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Missing } from '../peers/debian-root.ts';

const ROOT = dirname(dirname(import.meta.dirname));

/**
 * The version before, by the id of its tree: commits that are carried over to another history get other ids, their trees do
 * not. At a release it becomes that of the tag that was the newest until then (`git rev-parse v1.2.3^{tree}`), and together
 * with it goes what was kept for the version before (docs/adr/0035-one-version-beside-the-next.md).
 */
const PREVIOUS_VERSION = 'e701883f788d0ade419513403fc48f69044c156a';

/** The newest migration that it knows. */
export const PREVIOUS_MIGRATION = '0003-whole-host-names';

/** The version before, ready to be started. */
export interface PreviousVersion {
  /** Its checkout, with its programs in `dist`. */
  readonly folder: string;
  /** Its DP agent, packed with a Node of its own and unpacked, as it is installed. */
  readonly agent: string;
}

/** Why the version before cannot be had here; undefined: it can. */
export function previousVersionMissing(): string | undefined {
  const found = spawnSync('git', ['cat-file', '-e', `${PREVIOUS_VERSION}^{tree}`], {
    cwd: ROOT,
    stdio: 'ignore',
  });
  if (found.status === 0) return undefined;
  return `the version before, ${PREVIOUS_VERSION.slice(0, 12)}, is not in this checkout's history (git fetch --unshallow --tags)`;
}

/**
 * Builds the version before from this checkout's history with the packages of today, once: what was built is kept in
 * `.artifacts`.
 *
 * @throws Error with what its build printed
 */
export function takePreviousVersion(): PreviousVersion | Missing {
  const missing = previousVersionMissing();
  if (missing !== undefined) return { missing };
  const folder = join(ROOT, '.artifacts', `version-${PREVIOUS_VERSION.slice(0, 12)}`);
  const built = { folder, agent: join(folder, '.agent') };
  if (existsSync(join(folder, '.built'))) return built;
  // whole or not at all
  const work = `${folder}.${process.pid}`;
  try {
    rmSync(work, { recursive: true, force: true });
    mkdirSync(work, { recursive: true });
    checkOut(work);
    run(work, ['tools/build.ts']);
    packAgent(work);
    writeFileSync(join(work, '.built'), '');
    // somebody else may have been as far by now
    if (!existsSync(folder)) renameSync(work, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return built;
}

/** Without the console, which is built in the browser's world and changes nothing of what the parts say to each other. */
function checkOut(folder: string): void {
  const archive = execFileSync('git', ['archive', PREVIOUS_VERSION, '--', '.', ':!apps/console', ':!docs'], {
    cwd: ROOT,
    maxBuffer: 2 ** 30,
  });
  execFileSync('tar', ['-x', '-C', folder], { input: archive });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
}

function packAgent(folder: string): void {
  const packed = join(folder, '.packed');
  run(folder, ['tools/dp-pack.ts', '--out', packed, '--arch', process.arch, '--no-deb', '--level', '1']);
  mkdirSync(join(folder, '.agent'));
  execFileSync('sh', ['-c', 'tar -xzf "$1"/*.tar.gz -C "$2"', 'sh', packed, join(folder, '.agent')]);
  rmSync(packed, { recursive: true });
}

function run(cwd: string, args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8' });
  if (status === 0) return;
  throw new Error(
    `the version before, ${PREVIOUS_VERSION}, cannot be built with today's packages:\n${args.join(' ')}\n${stdout}${stderr}`,
  );
}

const WHEN_TAKEN = 'an agent says it only to gateways that have said that they and their server take it';

/**
 * Where this version and the one before do not understand each other by their schemas (`misunderstandings`), and why that harms
 * nobody. Emptied when the version before becomes another one.
 */
export const BORNE: Readonly<Record<string, string>> = {
  'pollRequest.agent.contradiction': WHEN_TAKEN,
};
