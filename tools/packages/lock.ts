import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PidFile } from '../peers/pid-file.ts';
import { type PackageWork, checkStopped } from './apt.ts';

/**
 * Does work that two programs must not do at once: the second waits, and says for whom.
 *
 * @param path a file that names who is at it
 * @throws PackageFault when the program is to end while it waits
 */
export async function inTurn<T>(path: string, work: PackageWork, task: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(path), { recursive: true });
  const lock = new PidFile(path);
  for (let told = false, other = lock.claim(); other !== undefined; other = lock.claim()) {
    if (!told) work.say(`another run (pid ${other}) is getting packages: waiting for it`);
    told = true;
    checkStopped(work, 'while it waited for another run');
    await sleep(500);
  }
  try {
    return await task();
  } finally {
    lock.forget();
  }
}
