import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * When a process began, in a form that differs between two processes that share a pid one after the other;
 * undefined when there is none (or only a zombie that nobody has reaped yet).
 */
function beginningOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // proc(5): the command may hold blanks and brackets, so count from behind its closing one
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    if (process.platform === 'linux') return undefined;
  }
  try {
    const [state, ...begin] = execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
    })
      .trim()
      .split(/\s+/);
    return state === undefined || state.startsWith('Z') ? undefined : begin.join('-');
  } catch {
    return undefined;
  }
}

/**
 * A file that names one process by pid and beginning, so that a later run finds the process again and never signals
 * a stranger that got the same pid.
 */
export class PidFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Names the process; false when it has ended already. */
  write(pid: number): boolean {
    const beginning = beginningOf(pid);
    if (beginning === undefined) return false;
    writeFileSync(this.path, `${pid} ${beginning}\n`);
    return true;
  }

  /**
   * Makes this program the one that the file names, unless another that it names still runs: then its pid. Of two at
   * once one succeeds.
   */
  claim(): number | undefined {
    for (;;) {
      const other = this.running();
      if (other !== undefined && other !== process.pid) return other;
      this.forget();
      try {
        writeFileSync(this.path, `${process.pid} ${beginningOf(process.pid)}\n`, { flag: 'wx' });
        return undefined;
      } catch (error) {
        if ((error as { code?: string }).code !== 'EEXIST') throw error;
      }
    }
  }

  /** The pid, as long as exactly that process runs. */
  running(): number | undefined {
    let text: string;
    try {
      text = readFileSync(this.path, 'utf8');
    } catch {
      return undefined;
    }
    const [pid, beginning] = text.trim().split(' ');
    const found = Number(pid);
    return Number.isInteger(found) && found > 0 && beginningOf(found) === beginning ? found : undefined;
  }

  signal(signal: NodeJS.Signals): boolean {
    const pid = this.running();
    if (pid === undefined) return false;
    try {
      return process.kill(pid, signal);
    } catch {
      return false; // it ended between the look and the signal
    }
  }

  /** Names no process any more; what it named goes on. */
  forget(): void {
    rmSync(this.path, { force: true });
  }

  /** Waits until the process has ended; false after `milliseconds`. */
  async ended(milliseconds: number): Promise<boolean> {
    const until = Date.now() + milliseconds;
    while (this.running() !== undefined) {
      if (Date.now() > until) return false;
      await sleep(25);
    }
    return true;
  }

  /** SIGTERM, and SIGKILL when that has not ended it within `grace` milliseconds. */
  async end(grace: number): Promise<void> {
    if (this.signal('SIGTERM')) {
      this.signal('SIGCONT'); // a stopped process would keep the SIGTERM waiting
      if (!(await this.ended(grace))) {
        this.signal('SIGKILL');
        await this.ended(5_000);
      }
    }
    this.forget();
  }
}
