import { chown, mkdir, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readPrivateFile, writePrivateFile } from '#sealing';
import {
  fingerprintsOf,
  type KeyFiles,
  readKeyFiles,
  sameKeys,
  SIGNING_FILE,
  TOKEN_FILE,
} from '../keys/key-files.js';
import type { AdminEnv } from '../program/admin-env.js';
import { Refusal } from '../program/faults.js';
import type { VerifiedArchive } from '../verify/verified-archive.js';

/**
 * Looks, before anything is changed, whether servers of this environment would start on the restored database.
 *
 * @throws Refusal when they would have other keys
 */
export async function demandUsableKeys(
  { about, manifest }: VerifiedArchive,
  env: AdminEnv,
  { mayReplace, folder }: { mayReplace: boolean; folder: string },
): Promise<void> {
  const { serverKeys } = manifest;
  if (!serverKeys) return;
  const ours = fingerprintsOf(await readKeyFiles(env));
  if (ours && sameKeys(ours, serverKeys)) return;
  if (env.SERVER_SIGNING_KEY !== undefined || env.SERVER_TOKEN_KEY !== undefined)
    throw new Refusal(
      `SERVER_SIGNING_KEY and SERVER_TOKEN_KEY are not the keys of this backup, whose server key is ${serverKeys.signing}: ` +
        'set those, or none, and the ones in the backup go into the state folder',
    );
  if (!about.withKeys)
    throw new Refusal(
      `the backup was made without keys, and ${folder} does not hold those that belong to it (${serverKeys.signing}): put them there first`,
    );
  if (ours && !mayReplace)
    throw new Refusal(
      `${folder} holds other keys (${ours.signing}); --replace puts them aside for those of the backup`,
    );
}

/** The keys that belong on the disk: whoever gives them by variables keeps them off it. */
export function keysForDisk(keys: KeyFiles, env: AdminEnv): KeyFiles {
  const given = new Set<string>();
  if (env.SERVER_SIGNING_KEY !== undefined) given.add(SIGNING_FILE);
  if (env.SERVER_TOKEN_KEY !== undefined) given.add(TOKEN_FILE);
  return new Map([...keys].filter(([name]) => !given.has(name)));
}

/**
 * Writes the keys of a backup into a folder. Others of the same name are kept beside them. What root writes belongs to the
 * owner of the folder: the server reads it as its own user.
 *
 * @returns paths of the files that were written
 */
export async function restoreKeys(keys: KeyFiles, folder: string, at: Date): Promise<string[]> {
  const stamp = at.toISOString().slice(0, 19).replaceAll(':', '');
  if (keys.size === 0) return [];
  const give = await giver(folder);
  const made = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (made !== undefined)
    for (let path = folder; path.length >= made.length; path = dirname(path)) await give(path);
  const written: string[] = [];
  for (const [name, content] of keys) {
    const path = join(folder, name);
    const known = await readPrivateFile(path);
    if (known?.equals(content)) continue;
    if (known) await rename(path, `${path}.before-${stamp}`);
    await writePrivateFile(path, content);
    await give(path);
    written.push(path);
  }
  return written;
}

/** Gives files to whom the folder belongs, or the nearest one above it that is there. Only root can, and has to. */
async function giver(folder: string): Promise<(path: string) => Promise<void>> {
  if (process.getuid?.() !== 0) return () => Promise.resolve();
  for (let path = folder; ; path = dirname(path)) {
    const owner = await stat(path).catch(() => null);
    if (owner) return (file) => chown(file, owner.uid, owner.gid);
    if (path === dirname(path)) return () => Promise.resolve();
  }
}
