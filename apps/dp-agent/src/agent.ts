import { hostname, release, type as osType } from 'node:os';
import { join } from 'node:path';
import type { AgentInfo } from '#contract';
import { makeDpToken, writePrivateFile } from '#sealing';
import { AccountGuard } from './account-guard.js';
import { AccountBook } from './accounts.js';
import { lockState } from './agent-lock.js';
import { CommandMethod } from './command/command-method.js';
import { type Config, inState, readLocalAccounts } from './config.js';
import type { Method } from './computer/method.js';
import { GatewayClient } from './gateway-client.js';
import type { Identity } from './identity.js';
import { Journal } from './journal/journal.js';
import { LocalMethod } from './local/local-method.js';
import { type Log, messageOf } from './log.js';
import { setUpNetwork } from './network.js';
import { OrderDesk } from './order-desk.js';
import { OrderReporter } from './order-reporter.js';
import { PollLoop } from './poll-loop.js';
import { ReleaseCache } from './release-cache.js';
import { ReportQueue } from './report-queue.js';
import { HostKeys } from './ssh/host-keys.js';
import { SshMethod } from './ssh/ssh-method.js';
import { AGENT_VERSION } from './version.js';

/** Seconds for the last reports when the agent ends. */
const LAST_WORDS = 5;

/** What `status` shows of a running agent; kept in `status.json`. */
export interface AgentStatus {
  readonly pid: number;
  readonly version: string;
  readonly lastPoll: string;
  readonly status: string;
  readonly running: readonly { order: string; fence: number }[];
  readonly unsentReports: number;
}

/**
 * Runs the agent of a state folder until the signal aborts, and then to its orderly end.
 *
 * @throws ConfigError, BrokenJournal before anything is done
 */
export async function runAgent(
  state: string,
  identity: Identity,
  config: Config,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  const unlock = await lockState(state);
  try {
    setUpNetwork(state, config);
    const now = () => Date.now();
    const journal = await Journal.open(join(state, 'journal'), new Date(now()));
    const ending = new AbortController();
    const gateway = new GatewayClient({
      url: identity.gateway,
      token: () => makeDpToken(identity.dp, identity.signing.privateKey, new Date(now())),
    });
    const reports = new ReportQueue(journal, gateway, log);
    const readLocal = () => readLocalAccounts(state, config);
    const book = new AccountBook(identity.dp, identity.sealing.privateKey, readLocal);
    await book.refresh();
    const agentInfo = (): AgentInfo => ({ ...describeAgent(), localAccounts: book.localCount });
    const desk = new OrderDesk(
      identity,
      {
        methods: makeMethods(state, config, new AccountGuard(now)),
        accounts: book,
        cache: new ReleaseCache(join(state, 'releases'), gateway, config.cacheLimit, ending.signal),
        journal,
        reporter: new OrderReporter(journal, reports, now),
        log,
        now,
        reconnectFor: config.ssh.reconnectSeconds,
      },
      config.concurrency,
      () => loop.pollNow(),
    );
    const loop: PollLoop = new PollLoop({
      gateway,
      log,
      agentInfo,
      longPoll: config.longPoll,
      capacity: () => desk.capacity(),
      running: () => desk.running(),
      onAnswer: async (answer) => {
        // an answer that could not be journalled is as good as lost: its orders come again when their leases lapse
        await desk.take(answer).catch((error: unknown) => {
          log.error('the answer of a poll could not be stored', { reason: messageOf(error) });
        });
        await writeStatus(state, {
          pid: process.pid,
          version: AGENT_VERSION,
          lastPoll: new Date(now()).toISOString(),
          status: answer.status,
          running: desk.running(),
          unsentReports: journal.unsentReports().length,
        }).catch((error: unknown) => log.warn('status file not written', { reason: messageOf(error) }));
      },
    });
    log.info('agent started', { dp: identity.dp, gateway: identity.gateway, version: AGENT_VERSION });
    const reporting = reports.run(ending.signal);
    await loop.run(signal);
    log.info('agent ends', { running: desk.running().length, graceSeconds: config.graceSeconds });
    await desk.end(config.graceSeconds);
    ending.abort('ending');
    await reporting;
    await reports.flush(AbortSignal.timeout(LAST_WORDS * 1000));
    log.info('agent ended', { unsentReports: journal.unsentReports().length });
    await journal.close();
  } finally {
    await unlock();
  }
}

/** What the agent says of the machine it runs on. */
export function describeAgent(): AgentInfo {
  return {
    version: AGENT_VERSION,
    os: `${osType()} ${release()}`.slice(0, 128),
    hostname: hostname().slice(0, 255),
  };
}

function makeMethods(state: string, config: Config, guard: AccountGuard): (Method | CommandMethod)[] {
  return config.methods.map((kind) => {
    if (kind === 'local' && config.local) return new LocalMethod(inState(state, config.local.root));
    if (kind === 'command' && config.command)
      return new CommandMethod(join(state, 'command'), config.command);
    const { connectTimeout, loginTimeout, hostKeys } = config.ssh;
    const settings = { connectTimeout, loginTimeout, strict: hostKeys === 'strict' };
    return new SshMethod(settings, new HostKeys(join(state, 'host-keys.json')), guard);
  });
}

async function writeStatus(state: string, status: AgentStatus): Promise<void> {
  await writePrivateFile(join(state, 'status.json'), `${JSON.stringify(status)}\n`);
}
