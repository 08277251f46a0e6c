import { spawn } from 'node:child_process';
import { accessSync, closeSync, constants, openSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Where `command` is on PATH or in one of `further` folders. */
export function findCommand(command: string, further: readonly string[] = []): string | undefined {
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), ...further]) {
    if (folder === '') continue;
    try {
      const path = join(folder, command);
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // not in this folder
    }
  }
  return undefined;
}

/** What a background process is started with; its output goes to the file `log`. */
export interface BackgroundOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly log: string;
}

/**
 * Starts a process in a session of its own, so that a Ctrl-C in the terminal does not reach it: whoever started it
 * stops it, in order. Gives its pid.
 */
export async function startInBackground(
  command: string,
  args: readonly string[],
  options: BackgroundOptions,
): Promise<number> {
  const log = openSync(options.log, 'a');
  try {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      detached: true,
      stdio: ['ignore', log, log],
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    if (child.pid === undefined) throw new Error(`${command} did not start`);
    return child.pid;
  } finally {
    closeSync(log);
  }
}

/** The last lines of a log, for messages. */
export function tail(file: string, lines = 12): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '(no log)';
  }
}

/** Asks `ready` every 100 ms until it says yes. `alive` false or the time over: an error with what `explain` says. */
export async function untilReady(options: {
  readonly what: string;
  readonly milliseconds: number;
  readonly ready: () => Promise<boolean>;
  readonly alive: () => boolean;
  readonly explain: () => string;
}): Promise<void> {
  const until = Date.now() + options.milliseconds;
  while (!(await options.ready())) {
    if (!options.alive()) throw new Error(`${options.what} ended while it started:\n${options.explain()}`);
    if (Date.now() > until) {
      throw new Error(
        `${options.what} was not ready within ${options.milliseconds / 1000} s:\n${options.explain()}`,
      );
    }
    await sleep(100);
  }
}
