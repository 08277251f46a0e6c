import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { AppProcess } from './app-process.ts';
import { say } from './terminal.ts';

/** What the compiler's worker is started with. */
export interface CompilerTask {
  /** The project's folder. */
  readonly root: string;
  /** The programs, as `dist/apps/server/src/main.js`. */
  readonly scripts: readonly string[];
}

/** What came of a change. It is written first, and then whatever it concerns is checked. */
export type Outcome =
  | {
      readonly errors: number;
      readonly text: string;
      /** The change has been written. */
      readonly late: boolean;
    }
  | {
      readonly seconds: number;
      /** Sources that compiled to something else than before, below the project's folder. */
      readonly sources: readonly string[];
      /** Those of the task's scripts that contain one of them. */
      readonly scripts: readonly string[];
    };

/**
 * Compiles what changes below `apps/` and `libs/`, until `signal`. `onOutcome` is called after each change, and once at
 * the beginning, when everything has been read.
 *
 * @throws Error when the compiler itself fails
 */
export async function watchSources(
  task: CompilerTask,
  signal: AbortSignal,
  onOutcome: (outcome: Outcome) => void,
): Promise<void> {
  const worker = new Worker(new URL('./watch-compiler.ts', import.meta.url), { workerData: task });
  worker.on('message', onOutcome);
  const end = (): void => void worker.terminate();
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  await once(worker, 'exit'); // rejects when there was an error
  signal.removeEventListener('abort', end);
}

/** Compiles what changes, and restarts those of `apps` that contain it, until `signal`. */
export async function restartWhatChanged(
  task: CompilerTask,
  apps: readonly AppProcess[],
  signal: AbortSignal,
): Promise<void> {
  let restarts = Promise.resolve();
  let isFirst = true;
  let failed = false;
  const onOutcome = (outcome: Outcome): void => {
    if ('errors' in outcome) {
      const consequence = outcome.late
        ? 'found after the restart of what contains the change'
        : 'what runs goes on as it is';
      say(`${outcome.text}\n${count(outcome.errors, 'error')}: ${consequence}`);
    } else if (outcome.sources.length > 0) {
      const concerned = apps.filter(({ script }) => outcome.scripts.includes(script));
      const what =
        concerned.length > 0
          ? `restarting ${concerned.map(({ name }) => name).join(', ')}`
          : 'no program has it';
      say(`${count(outcome.sources.length, 'file')} compiled in ${outcome.seconds.toFixed(1)} s: ${what}`);
      // one after the other: a program may be concerned twice
      restarts = restarts.then(async () => void (await Promise.all(concerned.map((app) => app.restart()))));
    } else if (isFirst) {
      say('the sources are watched: the programs that contain a change restart');
    } else if (failed) {
      say('no errors any more');
    }
    isFirst = false;
    failed = 'errors' in outcome;
  };
  try {
    await watchSources(task, signal, onOutcome);
  } catch (error) {
    say(`the sources are watched no more: ${error instanceof Error ? error.message : String(error)}`);
  }
  await restarts;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
