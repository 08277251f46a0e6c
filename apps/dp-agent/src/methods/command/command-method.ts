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
/** The word in an attempt's folder that it is to end. */
const ENDING = 'ending';
/** Days for which results are kept, as the journal keeps ended orders. */
const REMEMBER_DAYS = 30;

/** $1 = folder of the attempt, then the program: it outlives the agent, and its result waits for the next one. */
const RUN = `
dir=$1; shift
# in this order: who ends the command leaves its word first, then looks for the pid
echo $$ > "$dir/pid" || exit 1
[ ! -e "$dir/ending" ] || exit 1
RELAYPOINT_ATTEMPT=$dir; export RELAYPOINT_ATTEMPT
# asked to end it waits for its program, which is asked as well and has this signal as it always is
asked=
trap asked=1 TERM
# in parentheses, or some shells put a word of their own, such as Terminated, into the log
(exec "$@" "$dir/order.json" > "$dir/result.json" 2> "$dir/output.log")
code=$?
# what follows is short, and its programs would inherit the default
trap '' TERM
# ended by being asked to, as by a shutdown of this machine: nobody knows how far it got
[ -z "$asked" ] || [ $code -ne 143 ] || exit 1
echo $code > "$dir/rc.new"
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
    // the journal takes its time; from here on there is something to end
    stopHere(signal);
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
        const isOver = await endGroup(attempt);
        const last = await readEnd(attempt);
        const told = last && readResult(last, codes);
        if (told?.ending.state === 'succeeded') return told;
        const output = await textOf(join(attempt, 'output.log'));
        if (!isOver) return only(failedBy('OUTCOME_UNKNOWN', 'not-ended', output));
        if (cancelled) throw new Stopped('cancel');
        return only(failedBy('INSTALL_TIMEOUT', 'deadline', output));
      }
      await pause(LOOK_EVERY, signal);
    }
  }
}

const only = (ending: CommandTold['ending']): CommandTold => ({ ending, accounts: [], facts: {} });

const told = ({ account, secret }: CommandContext['accounts'][number]) => ({ account, ...secret });

/** How a command has ended, null before. Asked to end, it has when everything is gone; else what it left running is no part of it. */
async function readEnd(attempt: string): Promise<CommandEnd | null> {
  const code = (await textOf(join(attempt, 'rc'))).trim();
  if (code === '') return null;
  if ((await exists(join(attempt, ENDING))) && (await isAlive(attempt))) return null;
  const said = await textOf(join(attempt, 'result.json'));
  return { code: Number(code), said, output: await textOf(join(attempt, 'output.log')) };
}

/** The pid of a command, which is its group's as well; 0 before it has one. */
async function pidOf(attempt: string): Promise<number> {
  const pid = (await textOf(join(attempt, 'pid'))).trim();
  return /^\d+$/.test(pid) ? Number(pid) : 0;
}

/** Whether the command of an attempt runs, if only what it started; a number alone may have been given to another process. */
async function isAlive(attempt: string): Promise<boolean> {
  const pid = await pidOf(attempt);
  if (pid === 0) return false;
  if ((await textOf(`/proc/${pid}/cmdline`)).includes(attempt)) return true;
  for (const member of await membersOf(pid)) {
    const environment = await textOf(`/proc/${member}/environ`);
    if (environment.split('\0').includes(`RELAYPOINT_ATTEMPT=${attempt}`)) return true;
  }
  return false;
}

/** The processes of a group, but for those that only wait to be reaped. */
async function membersOf(group: number): Promise<string[]> {
  const members = [];
  for (const pid of await readdir('/proc').catch(() => [])) {
    const facts = /^\d/.test(pid) ? await textOf(`/proc/${pid}/stat`) : '';
    // they stand behind the name, which may have anything in it
    const [state = '', , itsGroup] = facts.slice(facts.lastIndexOf(')') + 2).split(' ');
    if (Number(itsGroup) === group && !'ZX'.includes(state)) members.push(pid);
  }
  return members;
}

/**
 * Ends a command with everything it started in its group: by request, then by force. What was only about to start does not any
 * more. Whether nothing is left of it.
 */
async function endGroup(attempt: string): Promise<boolean> {
  // a disk that takes nothing is no reason to let it run
  await writeFile(join(attempt, ENDING), '').catch(() => undefined);
  const pid = await pidOf(attempt);
  if (!(await isAlive(attempt))) return true;
  // from here on the pid stays taken as long as one of the group is there
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    signalGroup(pid, signal);
    for (let left = END_WITHIN / LOOK_EVERY; left > 0; left -= 1) {
      if ((await membersOf(pid)).length === 0) return true;
      await pause(LOOK_EVERY, NEVER);
    }
  }
  return (await membersOf(pid)).length === 0;
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // it has just ended, or is somebody else's: what is left of it says
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
