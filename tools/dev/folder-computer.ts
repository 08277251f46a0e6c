import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** Tries of the first contact after a restart. */
const CONTACTS = 5;
const CLIENT = join('opt', 'relaypoint-client', 'bin', 'relaypoint-client');

/**
 * The folder that stands for a computer: the one below `root` whose etc/hostname has that name. Undefined as long as no
 * client is installed in it.
 */
export function findFolderComputer(root: string, name: string): string | undefined {
  if (!existsSync(root)) return undefined;
  return readdirSync(root)
    .map((entry) => join(root, entry))
    .find((folder) => {
      const hostname = join(folder, 'etc', 'hostname');
      if (!existsSync(join(folder, CLIENT)) || !existsSync(hostname)) return false;
      return readFileSync(hostname, 'utf8').trim().split('.')[0]?.toUpperCase() === name.toUpperCase();
    });
}

/**
 * What a restart does: a new boot id, and then the client's first contact. Unlike a real restart it ends nothing: a client
 * that is just at work takes its lock away from the new one, which is then started again.
 */
export async function restartFolderComputer(folder: string): Promise<void> {
  writeFileSync(join(folder, 'boot_id'), `${randomUUID()}\n`);
  for (let left = CONTACTS; ; left -= 1) {
    try {
      await promisify(execFile)(join(folder, CLIENT), ['contact'], { timeout: 60_000 });
      return;
    } catch (error) {
      if (left <= 1) throw error;
      await sleep(1000);
    }
  }
}
