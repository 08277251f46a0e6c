import { execFile } from 'node:child_process';
import { access, mkdir, readFile, rename, rm, statfs, writeFile } from 'node:fs/promises';
import type { KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { AgentBundleFile } from '#contract';
import { codeOf, messageOf } from '../base/log.js';
import { ReleaseCache } from '../execution/release-cache.js';
import { StepFailed } from '../failures/failure.js';
import { diskTrouble } from '../journal/disk-reserve.js';
import type { GatewayClient } from '../protocol/gateway-client.js';
import { BadBundle, readSignedBundle } from './signed-bundle.js';
import type { UpdateFault } from './update-decision.js';
import { DOWNLOADS, type VersionsFolder } from './versions-folder.js';

const run = promisify(execFile);

/** An archive and what is in it, as a multiple of the archive. */
const ROOM = 5;
const UNPACK_TIMEOUT_MS = 600_000;
const START_TIMEOUT_MS = 30_000;
const DOCTOR_TIMEOUT_MS = 120_000;
const MAIN = 'app/dist/apps/dp-agent/src/main.js';
/** What knows of trials. */
const LAUNCH = 'app/dist/apps/dp-agent/src/update/launch.js';

/** A version cannot be had, or does not work here. */
export class UpdateFailed extends Error {
  override readonly name = 'UpdateFailed';

  constructor(
    readonly code: UpdateFault,
    message: string,
  ) {
    super(message);
  }
}

/** Brings versions of the agent here. What it has brought is signed by the server, whole, and has said that all is well. */
export class VersionFetcher {
  /** @param ending aborts when the agent ends */
  constructor(
    private readonly versions: VersionsFolder,
    private readonly state: string,
    private readonly serverKey: KeyObject,
    private readonly gateway: Pick<GatewayClient, 'download' | 'manifest'>,
    private readonly ending: AbortSignal,
  ) {}

  /** @throws UpdateFailed */
  async bring(version: string): Promise<void> {
    const file = await this.described(version);
    const folder = this.versions.folderOf(version);
    const there = await readFile(join(folder, '.sha256'), 'utf8').catch(() => '');
    try {
      if (there.trim() !== file.sha256) await this.unpack(folder, file);
    } catch (error) {
      throw asUpdateFailed(error);
    }
    await this.examine(folder, version);
  }

  /** The archive for this machine, as the server has signed it. */
  private async described(version: string): Promise<AgentBundleFile> {
    const answer = await this.gateway.manifest(version, this.ending);
    if (answer.kind === 'away') throw new UpdateFailed('UNREACHABLE', answer.reason);
    if (answer.kind === 'refused')
      throw answer.isOwn && answer.status === 404
        ? new UpdateFailed('NOT_OFFERED', `the server offers no version ${version}`)
        : new UpdateFailed('UNREACHABLE', `${answer.code} ${answer.detail}`.trim());
    try {
      const bundle = readSignedBundle(answer.value, this.serverKey);
      // another one that is signed as well: it would be a way back to a version with a known hole
      if (bundle.version !== version)
        throw new BadBundle(`the manifest is that of version ${bundle.version}, not of ${version}`);
      const file = bundle.files.find(({ arch, kind }) => arch === process.arch && kind === 'tar');
      if (file) return file;
    } catch (error) {
      if (error instanceof BadBundle) throw new UpdateFailed('BAD_SIGNATURE', error.message);
      throw error;
    }
    throw new UpdateFailed('WRONG_PLATFORM', `version ${version} is not offered for ${process.arch}`);
  }

  private async unpack(folder: string, { name, size, sha256 }: AgentBundleFile): Promise<void> {
    await mkdir(this.versions.path, { recursive: true, mode: 0o700 });
    const { bavail, bsize } = await statfs(this.versions.path);
    if (bavail * bsize < size * ROOM) {
      const [free, needed] = [bavail * bsize, size * ROOM].map((bytes) => Math.floor(bytes / 2 ** 20));
      throw new UpdateFailed(
        'DISK_FULL',
        `${free} MiB are free in ${this.versions.path}, ${needed} are needed`,
      );
    }
    const url = `install/files/${encodeURIComponent(name)}`;
    // room for one: what was left of another goes
    const archives = new ReleaseCache(join(this.versions.path, DOWNLOADS), this.gateway, size, this.ending);
    const archive = await archives.fetch({ platform: 'linux', name, url, size, sha256 });
    const fresh = `${folder}.new`;
    try {
      await rm(fresh, { recursive: true, force: true });
      await mkdir(fresh, { mode: 0o700 });
      await run('tar', ['-xzf', archive, '--no-same-owner', '-C', fresh], { timeout: UNPACK_TIMEOUT_MS });
      await writeFile(join(fresh, '.sha256'), `${sha256}\n`);
      // a name must not outlive a power failure that its content does not
      await run('sync', ['-f', fresh]).catch(() => undefined);
      await rm(folder, { recursive: true, force: true });
      await rename(fresh, folder);
      await rm(join(this.versions.path, DOWNLOADS), { recursive: true, force: true });
    } finally {
      await rm(fresh, { recursive: true, force: true });
    }
  }

  /** Whether it runs on this machine, and finds everything well, while this version goes on. */
  private async examine(folder: string, version: string): Promise<void> {
    const node = join(folder, 'bin/node');
    const main = join(folder, MAIN);
    try {
      await run(node, ['--version'], { timeout: START_TIMEOUT_MS });
    } catch (error) {
      throw new UpdateFailed('WRONG_PLATFORM', `its Node does not run here: ${wordsOf(error)}`);
    }
    const { stdout } = await run(node, [main, 'help'], { timeout: START_TIMEOUT_MS }).catch(
      (error: unknown) => {
        throw new UpdateFailed('DID_NOT_START', wordsOf(error));
      },
    );
    // else it would be fetched again and again
    if (!stdout.startsWith(`relaypoint-dp ${version}:`))
      throw new UpdateFailed('DID_NOT_START', `it calls itself ${stdout.split(':', 1)[0] ?? ''}`);
    // it would take orders at once, and be ended in the middle of them, because it never says that it has proved itself
    await access(join(folder, LAUNCH)).catch(() => {
      throw new UpdateFailed('DID_NOT_START', 'it cannot be tried: it is older than self-update is');
    });
    try {
      await run(node, [main, 'doctor', '--state', this.state], {
        timeout: DOCTOR_TIMEOUT_MS,
        signal: this.ending,
      });
    } catch (error) {
      const said = outputOf(error);
      const faults = said.split('\n').filter((line) => line.startsWith('FAIL'));
      throw faults.length > 0
        ? new UpdateFailed('DOCTOR', faults.join('; '))
        : new UpdateFailed('DID_NOT_START', wordsOf(error));
    }
  }
}

function asUpdateFailed(error: unknown): UpdateFailed {
  if (error instanceof UpdateFailed) return error;
  if (error instanceof StepFailed) {
    const text = error.native?.text ?? error.message;
    if (error.code === 'DIGEST_MISMATCH') return new UpdateFailed('DIGEST_MISMATCH', text);
    const isDisk = error.native?.system === 'dp' && diskTrouble({ code: error.native.code }) !== null;
    return new UpdateFailed(isDisk ? 'DISK_FULL' : 'UNREACHABLE', text);
  }
  const disk = diskTrouble(error);
  if (disk !== null) return new UpdateFailed('DISK_FULL', disk);
  const words = wordsOf(error);
  return new UpdateFailed(/no space left/i.test(words) ? 'DISK_FULL' : 'UNPACK_FAILED', words);
}

function outputOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const part = (name: 'stdout' | 'stderr'): string =>
    name in error ? String((error as Record<typeof name, unknown>)[name]) : '';
  return `${part('stdout')}\n${part('stderr')}`.trim();
}

/** What a program said last, else how it ended. */
function wordsOf(error: unknown): string {
  const lines = outputOf(error)
    .split('\n')
    .filter((line) => line.trim() !== '');
  return (
    lines.find((line) => /error:|cannot|not /i.test(line)) ??
    lines.at(-1) ??
    (codeOf(error) || messageOf(error))
  );
}
