import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createPrivateFile, readPrivateFile } from '#sealing';
import { ConfigError } from './config.js';

/**
 * When a process started, in the kernel's ticks since boot (proc(5), the fields from the third on): tells a reused pid apart. ''
 * where there is no /proc, and of one that has ended and that nobody has waited for yet.
 */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? '' : (fields[19] ?? '');
  } catch {
    return '';
  }
}

function isRunning(mark: string): boolean {
  const [pid = '', start = ''] = mark.split(' ');
  try {
    process.kill(Number(pid), 0);
    return startOf(Number(pid)) === start;
  } catch {
    return false;
  }
}

/**
 * Makes sure that one agent alone works on a state folder; two would install everything twice.
 *
 * @returns what releases it
 * @throws ConfigError when another agent runs on it
 */
export async function lockState(state: string): Promise<() => Promise<void>> {
  const path = join(state, 'agent.pid');
  for (const _ of [1, 2, 3]) {
    if (await createPrivateFile(path, `${process.pid} ${startOf(process.pid)}`))
      return () => rm(path, { force: true });
    const mark = (await readPrivateFile(path))?.toString() ?? '';
    if (isRunning(mark)) throw new ConfigError(`another agent (pid ${mark.split(' ')[0]}) runs on ${state}`);
    await rm(path, { force: true });
  }
  throw new ConfigError(`${path} cannot be taken`);
}
