import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writePrivateFile } from '#sealing';
import { UPDATE_FAULTS, type UpdateFailure, type UpdateFault } from './update-decision.js';

/** Kept of what failed. */
const REMEMBERED = 10;
const CODES: readonly string[] = UPDATE_FAULTS;
const NOT_TAKEN = "the launcher did not start it: is the state folder its user's, and versions no link?";

const remembered: z.ZodType<Record<string, UpdateFailure>> = z.record(
  z.string(),
  z.object({
    code: z.enum(UPDATE_FAULTS),
    text: z.string(),
    at: z.iso.datetime(),
    count: z.int().positive(),
  }),
);

/**
 * The versions that this agent has brought itself to, in its state folder: it may not write where it is installed, and a Debian
 * package is dpkg's. The launcher reads the markers, each of which is written whole or not at all:
 *
 * - `current`: the version to run, and the installed one that it goes beyond. Once another one is installed, that one counts
 * - `trial`: the version to try next, of the same form; `tries`: how often it was started
 * - `handed`: the version that was handed to the launcher, of the same form; the agent's own, to see that it was not started
 * - `rollback`: the version that was given up, a code, and words; written by the launcher or by the version itself
 */
export class VersionsFolder {
  constructor(
    readonly path: string,
    /** The installed version. */
    private readonly base: string,
  ) {}

  folderOf(version: string): string {
    return join(this.path, version);
  }

  /** From the next start on this version is tried. */
  async try(version: string): Promise<void> {
    await rm(join(this.path, 'tries'), { force: true });
    await this.write('handed', `${version} ${this.base}`);
    await this.write('trial', `${version} ${this.base}`);
  }

  /** The version on trial has shown what it can: it is the one to run. The marker goes last, so that one of both always counts. */
  async keep(version: string): Promise<void> {
    await this.write('current', `${version} ${this.base}`);
    await this.endTrial();
    await this.forget(version);
  }

  /** Gives the version on trial up; the launcher starts the one before. */
  async giveUp(version: string, code: UpdateFault, text: string): Promise<void> {
    await this.write('rollback', [version, code, oneLine(text)].join('\n'));
    await this.endTrial();
  }

  /**
   * Takes what a version was given up for into what is remembered, also that the launcher has not even tried it: else it would
   * be handed over for ever.
   *
   * @param running a version that is on trial no more, or never was
   */
  async settle(running: string, now: Date): Promise<void> {
    const [version = '', code = '', text = ''] = (await this.read('rollback')).split('\n');
    if (version !== '') await this.note(version, isFault(code) ? code : 'DID_NOT_START', text, now);
    await rm(join(this.path, 'rollback'), { force: true });
    const [handed = '', over = ''] = (await this.read('handed')).split(' ');
    if (handed === '') return;
    if (over === this.base && handed !== version && handed !== running)
      await this.note(handed, 'DID_NOT_START', NOT_TAKEN, now);
    await this.endTrial();
  }

  /**
   * Removes the versions that nobody goes back to.
   *
   * @param kept beside the one that is to run
   */
  async tidy(...kept: string[]): Promise<void> {
    const [version = '', over = ''] = (await this.read('current')).split(' ');
    const current = over === this.base ? version : '';
    // another one was installed since; should the one of before come back, this must not come with it
    if (current === '') await rm(join(this.path, 'current'), { force: true });
    const entries = await readdir(this.path, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const isKept = [...kept, current, DOWNLOADS].includes(entry.name);
      if (entry.isDirectory() && !isKept)
        await rm(join(this.path, entry.name), { recursive: true, force: true });
    }
  }

  async failures(): Promise<Readonly<Record<string, UpdateFailure>>> {
    return remembered.safeParse(parseJson(await this.read('failures.json'))).data ?? {};
  }

  async note(version: string, code: UpdateFault, text: string, now: Date): Promise<UpdateFailure> {
    const { [version]: before, ...others } = await this.failures();
    const failure = { code, text: oneLine(text), at: now.toISOString(), count: (before?.count ?? 0) + 1 };
    // the newest last
    const kept = Object.entries({ ...others, [version]: failure }).slice(-REMEMBERED);
    await this.write('failures.json', JSON.stringify(Object.fromEntries(kept)));
    return failure;
  }

  /** @param version one of them; without it, all */
  async forget(version?: string): Promise<void> {
    const known = await this.failures();
    const kept = Object.entries(known).filter(([name]) => version !== undefined && name !== version);
    if (kept.length < Object.keys(known).length)
      await this.write('failures.json', JSON.stringify(Object.fromEntries(kept)));
  }

  private async endTrial(): Promise<void> {
    await rm(join(this.path, 'trial'), { force: true });
    await rm(join(this.path, 'tries'), { force: true });
    await rm(join(this.path, 'handed'), { force: true });
  }

  private async read(name: string): Promise<string> {
    return (await readFile(join(this.path, name), 'utf8').catch(() => '')).trimEnd();
  }

  private async write(name: string, text: string): Promise<void> {
    await mkdir(this.path, { recursive: true, mode: 0o700 });
    await writePrivateFile(join(this.path, name), `${text}\n`);
  }
}

/** Where archives are kept while they are fetched, beside the versions. */
export const DOWNLOADS = 'downloads';

function isFault(code: string): code is UpdateFault {
  return CODES.includes(code);
}

/** What the wire takes at most, and what fits a marker. */
function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, 400);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
