import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DevFile } from '../../tools/dev/state.ts';
import { eventually } from '../../tools/testing/eventually.js';

/** Whether a process with that pid is there. */
export function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** One `npm start` or `npm run dev` in a state folder, without the npm. */
export class Start {
  output = '';
  readonly state: string;
  private readonly child: ChildProcess;
  private readonly ended: Promise<number | null>;

  constructor(options: {
    /** The project's folder, or that of a copy. */
    readonly root: string;
    readonly state: string;
    /** All that listen want this one: the second and third take those above it. */
    readonly port: number;
    readonly args?: readonly string[];
  }) {
    const { root, state, port, args = [] } = options;
    const { MONGODB_URI: _uri, AMQP_URL: _url, ...env } = process.env;
    const ports = { SERVER_PORT: `${port}`, GATEWAY_PORT: `${port}`, CONSOLE_PORT: `${port}` };
    this.state = state;
    this.child = spawn(process.execPath, ['tools/start.ts', ...args], {
      cwd: root,
      env: { ...env, RELAYPOINT_STATE: state, ...ports },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (part: Buffer) => {
        this.output += part.toString('utf8');
      });
    }
    this.ended = new Promise((resolve) => this.child.once('exit', resolve));
  }

  /** @param from where in the output to look first */
  async prints(text: string | RegExp, timeoutMs = 120_000, from = 0): Promise<void> {
    await eventually(
      () => {
        if (this.child.exitCode !== null) throw new Error(`it ended:\n${this.output}`);
        const output = this.output.slice(from);
        const found = typeof text === 'string' ? output.includes(text) : text.test(output);
        if (!found) throw new Error(`"${String(text)}" is not in:\n${output}`);
      },
      { timeoutMs },
    );
  }

  get devFile(): DevFile {
    return JSON.parse(readFileSync(join(this.state, 'dev.json'), 'utf8')) as DevFile;
  }

  /** What Ctrl-C sends; gives the exit code. */
  stop(): Promise<number | null> {
    this.child.kill('SIGINT');
    return this.ended;
  }
}
