import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WireOrder, WireReleaseFile } from '#contract';
import type { AccountSecret } from '#sealing';
import { pause } from '../../base/backoff.js';
import { exitCodesOf, failedBy } from '../../computer/outcome.js';
import { stopHere, Stopped } from '../../computer/method.js';
import { StepFailed } from '../../failures/failure.js';
import { type CommandEnd, type CommandTold, readResult } from './command-result.js';

/** The site's own transport: a program of this DP that is given an order and says how it ended. */
export interface CommandSettings {
  /** Program and arguments; the path of the order's file comes behind them. */
  readonly run: readonly string[];
}

/** What a command needs from around it. */
export interface CommandContext {
  readonly order: WireOrder;
  readonly accounts: readonly { account: string; secret: AccountSecret }[];
  readonly signal: AbortSignal;
  readonly fetchRelease: (file: WireReleaseFile) => Promise<string>;
  readonly begun: () => Promise<void>;
  readonly now: () => number;
}

/** Seconds between two looks at a running command, and for its end after it was asked to. */
const LOOK_EVERY = 0.5;
const END_WITHIN = 10;
/** Days for which results are kept, as the journal keeps ended orders. */
const REMEMBER_DAYS = 30;

/** $1 = folder of the attempt, then the program: it outlives the agent, and its result waits for the next one. */
const RUN = `
dir=$1; shift
echo $$ > "$dir/pid"
"$@" "$dir/order.json" > "$dir/result.json" 2> "$dir/output.log"
echo $? > "$dir/rc.new"
mv "$dir/rc.new" "$dir/rc"
`;

/**
 * Runs a configured command for each order: for WinRM, Intune and whatever else a site has. The order stands in a 0600 file,
 * without secrets; accounts and registration come on standard input and are never on this disk. Its result is one JSON
 * object on standard output (docs/operations.md). An attempt is started once: the folder of the attempt is there first.
 */
export class CommandMethod {
  readonly kind = 'command';

  constructor(
    private readonly folder: string,
    readonly settings: CommandSettings,
  ) {}

  /** @throws StepFailed, Stopped (`lost`, `ending`: the command goes on) */
  async carryOut(context: CommandContext): Promise<CommandTold> {
    const { order } = context;
    const attempt = join(this.folder, `${order.order}-${order.attempt}`);
    if (!(await exists(attempt))) await this.start(attempt, context);
    return this.follow(attempt, context);
  }

  /** Removes what is too old to be asked for. */
  async clean(now: number): Promise<void> {
    for (const name of await readdir(this.folder).catch(() => [])) {
      const { mtimeMs } = await stat(join(this.folder, name));
      if (mtimeMs < now - REMEMBER_DAYS * 86_400_000) await rm(join(this.folder, name), { recursive: true });
    }
  }

  private async start(attempt: string, context: CommandContext): Promise<void> {
    const { order, accounts, signal, fetchRelease, begun, now } = context;
    const files = [];
    for (const file of order.release?.files ?? []) files.push({ ...file, path: await fetchRelease(file) });
    stopHere(signal);
    await this.clean(now());
    await rm(`${attempt}.new`, { recursive: true, force: true });
    await mkdir(`${attempt}.new`, { recursive: true, mode: 0o700 });
    const { accounts: _sealed, registration, release, ...plain } = order;
    const given = { ...plain, release: release && { ...release, files } };
    await writeFile(join(`${attempt}.new`, 'order.json'), JSON.stringify(given), { mode: 0o600 });
    await begun();
    await rename(`${attempt}.new`, attempt);
    const child = spawn('sh', ['-c', RUN, 'relaypoint-command', attempt, ...this.settings.run], {
      cwd: attempt,
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const started = new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    // a command that does not read its input is no error
    child.stdin.on('error', () => undefined);
    child.stdin.end(JSON.stringify({ accounts: accounts.map(told), registration }));
    await started;
    child.unref();
  }

  private async follow(attempt: string, context: CommandContext): Promise<CommandTold> {
    const { order, signal, now } = context;
    const codes = exitCodesOf(order.release);
    const deadline = Date.parse(order.deadline);
    for (let looks = 0; ; looks += 1) {
      const end = await readEnd(attempt);
      if (end) return readResult(end, codes);
      // right after its start it may not have said its number yet
      if (looks > 20 && !(await isAlive(attempt))) {
        const last = await readEnd(attempt);
        if (last) return readResult(last, codes);
        return only(failedBy('OUTCOME_UNKNOWN', 'no-result', await textOf(join(attempt, 'output.log'))));
      }
      const cancelled = signal.aborted && signal.reason === 'cancel';
      if (signal.aborted && !cancelled) stopHere(signal);
      if (cancelled || now() > deadline) {
        await endGroup(attempt);
        const last = await readEnd(attempt);
        const told = last && readResult(last, codes);
        if (told?.ending.state === 'succeeded') return told;
        if (cancelled) throw new Stopped('cancel');
        return only(failedBy('INSTALL_TIMEOUT', 'deadline', await textOf(join(attempt, 'output.log'))));
      }
      await pause(LOOK_EVERY, signal);
    }
  }
}

const only = (ending: CommandTold['ending']): CommandTold => ({ ending, accounts: [], facts: {} });

const told = ({ account, secret }: CommandContext['accounts'][number]) => ({ account, ...secret });

async function readEnd(attempt: string): Promise<CommandEnd | null> {
  const code = (await textOf(join(attempt, 'rc'))).trim();
  if (code === '') return null;
  const said = await textOf(join(attempt, 'result.json'));
  return { code: Number(code), said, output: await textOf(join(attempt, 'output.log')) };
}

/** Whether the command of an attempt runs; a number alone may have been given to another process. */
async function isAlive(attempt: string): Promise<boolean> {
  const pid = (await textOf(join(attempt, 'pid'))).trim();
  return /^\d+$/.test(pid) && (await textOf(`/proc/${pid}/cmdline`)).includes(attempt);
}

/** Ends a command with everything it started in its session: by request, then by force. */
async function endGroup(attempt: string): Promise<void> {
  const pid = Number((await textOf(join(attempt, 'pid'))).trim());
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (!pid || !(await isAlive(attempt))) return;
    try {
      process.kill(-pid, signal);
    } catch {
      return;
    }
    for (let left = END_WITHIN / LOOK_EVERY; left > 0 && (await isAlive(attempt)); left -= 1) {
      await pause(LOOK_EVERY, NEVER);
    }
  }
}
const NEVER = new AbortController().signal;

async function textOf(path: string): Promise<string> {
  return (await readFile(path, 'utf8').catch(() => '')).slice(-1024 * 1024);
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null;
}

/** A command cannot start what is not there: said before anything is begun. @throws StepFailed */
export async function checkCommand({ run: [program = ''] }: CommandSettings): Promise<void> {
  const facts = await stat(program).catch(() => null);
  if (facts?.isFile() && (facts.mode & 0o111) !== 0) return;
  const text = `${program} (command.run) is no program`;
  throw new StepFailed('reach', 'DP_INTERNAL', { system: 'dp', code: 'COMMAND', text });
}
