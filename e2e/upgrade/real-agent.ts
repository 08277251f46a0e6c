import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '../../tools/testing/eventually.js';
import { Program } from '../support/processes.js';
import type { Stack } from '../support/stack.js';

const ROOT = resolve(__dirname, '..', '..');

/** Leaves a line for each time it is run for a computer, and takes long enough for its agent to be replaced and killed in. */
const INSTALLER = `name=$(sed -n 's/.*"computer":{"name":"\\([^"]*\\)".*/\\1/p' "$2")
echo "$name" >> "$1"
sleep 8
echo '{"result":"OK"}'
`;

/** How an agent is started: from a packed version, or from the `dist` of this checkout. */
export type AgentFrom = { readonly packed: string } | 'dist';

/** A real agent that installs by a command, and goes from one version to another in its state folder. */
export class RealAgent {
  private readonly state: string;
  private readonly installs: string;
  private program: Program | undefined;

  constructor(
    private readonly stack: Stack,
    readonly id: string,
    private from: AgentFrom,
  ) {
    this.state = join(stack.folder, `agent-${id}`);
    this.installs = join(this.state, 'installs');
  }

  /** Joins and is enabled; it does not run yet. */
  async join(): Promise<void> {
    const { api } = this.stack;
    mkdirSync(this.state, { recursive: true, mode: 0o700 });
    const script = join(this.state, 'install.sh');
    writeFileSync(script, INSTALLER);
    writeFileSync(this.installs, '');
    const run = ['/bin/sh', script, this.installs].join(', ');
    const config = `methods: [command]\ncommand:\n  run: [${run}]\nconcurrency: 1\nlongPoll: 10\n`;
    writeFileSync(join(this.state, 'config.yaml'), config, { mode: 0o600 });
    const wish = { id: this.id, name: this.id, tenant: 'default' };
    const { joinCommand } = await api.ok<{ joinCommand: string }>('POST', '/distribution-points', wish);
    const [command = '', ...args] = this.commandLine(
      ...joinCommand.split(' ').slice(1),
      '--state',
      this.state,
    );
    // not at once: the load balancers that it goes through are in this process
    await promisify(execFile)(command, args);
    await api.ok('POST', `/distribution-points/${this.id}/enable`, {});
  }

  start(): void {
    const [command = '', ...args] = this.commandLine(
      'run',
      '--gateway',
      this.stack.gatewayUrl,
      '--state',
      this.state,
    );
    this.program = this.stack.program(`agent-${this.id}`, args[0] ?? '', args.slice(1), {});
    this.program.within = () => [command, args];
    this.program.start();
  }

  get isRunning(): boolean {
    return this.program?.isRunning === true;
  }

  /** Ends it as `how` says, and starts it as another version, which polls then. */
  async replace(how: 'kill' | 'stop', from: AgentFrom = this.from): Promise<void> {
    await this[how]();
    this.from = from;
    const before = new Date();
    this.start();
    await eventually(
      async () => {
        if (!this.isRunning) throw new Error(`${this.id} has ended: ${this.program?.log().slice(-1_000)}`);
        const dp = await this.stack.api.ok<{ lastSeen: string }>('GET', `/distribution-points/${this.id}`);
        if (new Date(dp.lastSeen) <= before) throw new Error(`${this.id} has not polled since`);
      },
      { timeoutMs: 90_000 },
    );
  }

  /** SIGKILL; a packed one is two processes: the agent, and before it the one that starts its versions. */
  async kill(): Promise<void> {
    const pid = this.program?.pid;
    if (pid === undefined || !this.isRunning) return;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
    const agents = typeof this.from === 'string' ? [] : children;
    await this.program?.kill();
    for (const agent of agents) process.kill(Number(agent), 'SIGKILL');
    await eventually(() => {
      if (agents.some(runs)) throw new Error(`${this.id} does not end`);
    });
  }

  private async stop(): Promise<void> {
    await this.program?.stop();
  }

  /** Names of the computers that it has installed on, one for each time. */
  installed(): string[] {
    return readFileSync(this.installs, 'utf8')
      .split('\n')
      .filter((name) => name !== '');
  }

  private commandLine(...args: string[]): string[] {
    return this.from === 'dist'
      ? [process.execPath, join(ROOT, 'dist/apps/dp-agent/src/main.js'), ...args]
      : [join(this.from.packed, 'bin/relaypoint-dp'), ...args];
  }
}

/** Whether a process is there and no zombie (proc(5)). */
function runs(pid: string): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
