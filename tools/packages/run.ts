import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** How a program is run and watched. */
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Aborted: the program gets SIGINT, as by Ctrl-C, and its end is waited for. */
  readonly signal?: AbortSignal | undefined;
  /** The signal goes to the program alone, which ends what it has begun; by default to all that it has started, too. */
  readonly signalAlone?: boolean;
  /** Takes what the program writes to file descriptor 3, line by line. */
  readonly status?: (line: string) => void;
}

/** What a program came to. */
export interface RunResult {
  /** Its exit code; 1 when a signal ended it, 127 when there is no such program. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program to its end in a process group of its own: Ctrl-C in the terminal does not cut it off in the middle of
 * a step, the signal of the options ends it in order.
 */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const { cwd, env = process.env, signal, signalAlone = false, status } = options;
  return new Promise((resolve) => {
    let stdout = '';
    let stderr = '';
    const child = spawn(command, args, {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', ...(status === undefined ? [] : (['pipe'] as const))],
    });
    const interrupt = (): void => {
      if (child.pid === undefined) return;
      try {
        process.kill(signalAlone ? child.pid : -child.pid, 'SIGINT');
      } catch {
        // it has just ended
      }
    };
    if (signal?.aborted === true) interrupt();
    signal?.addEventListener('abort', interrupt);
    child.stdout?.setEncoding('utf8').on('data', (part: string) => (stdout += part));
    child.stderr?.setEncoding('utf8').on('data', (part: string) => (stderr += part));
    const third = child.stdio[3];
    if (status !== undefined && third !== null && third !== undefined && 'read' in third)
      createInterface({ input: third }).on('line', status);
    const finish = (result: Omit<RunResult, 'stdout'>): void => {
      signal?.removeEventListener('abort', interrupt);
      resolve({ ...result, stdout });
    };
    child.once('error', (error) => finish({ code: 127, stderr: `${stderr}${error.message}` }));
    // what a package's script left running may hold the other ends of our pipes for ever
    child.once('exit', (code) => setTimeout(() => finish({ code: code ?? 1, stderr }), 1_000).unref());
    child.once('close', (code) => finish({ code: code ?? 1, stderr }));
  });
}
