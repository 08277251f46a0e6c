import { hostname, release, type as osType } from 'node:os';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { AgentInfo } from '#contract';
import { makeDpToken, writePrivateFile } from '#sealing';
import { AccountGuard } from './accounts/account-guard.js';
import { AuditWitness } from './audit/audit-witness.js';
import { CredentialStore } from './accounts/credential-store.js';
import { lockState } from './config/agent-lock.js';
import { CommandMethod } from './methods/command/command-method.js';
import { type Config, inState, readLocalAccounts } from './config/config.js';
import type { Method } from './computer/method.js';
import { DiskReserve } from './journal/disk-reserve.js';
import { GatewayClient } from './protocol/gateway-client.js';
import type { Identity } from './config/identity.js';
import { Journal } from './journal/journal.js';
import { LocalMethod } from './methods/local/local-method.js';
import { type Log, messageOf } from './base/log.js';
import { setUpNetwork } from './config/network.js';
import { OrderManager } from './execution/order-manager.js';
import { OrderReporter } from './reporting/order-reporter.js';
import { PollLoop } from './protocol/poll-loop.js';
import { ReleaseCache } from './execution/release-cache.js';
import { ReportQueue } from './reporting/report-queue.js';
import { HostKeys } from './methods/ssh/host-keys.js';
import { SmbMethod } from './methods/smb/smb-method.js';
import { SshMethod } from './methods/ssh/ssh-method.js';
import { AGENT_VERSION } from './base/version.js';
import type { Launch } from './update/launch.js';
import { Updater } from './update/updater.js';
import { VersionFetcher } from './update/version-fetcher.js';
import { VersionsFolder } from './update/versions-folder.js';

/** Seconds for the last reports when the agent ends. */
const FLUSH_TIMEOUT_S = 5;

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
  launch: Launch,
): Promise<'ended' | 'switching'> {
  const unlock = await lockState(state);
  try {
    setUpNetwork(state, config);
    const now = () => Date.now();
    const reserve = new DiskReserve(state, log, now);
    await reserve.prepare();
    const journal = await Journal.open(join(state, 'journal'), new Date(now()), reserve);
    if (journal.isEmpty) await sayWhatIsMissing(state, log);
    const ending = new AbortController();
    const switching = new AbortController();
    const gateway = new GatewayClient({
      url: identity.gateway,
      token: () => makeDpToken(identity.dp, identity.signing.privateKey, new Date(now())),
    });
    const reports = new ReportQueue(journal, gateway, log);
    const readLocal = () => readLocalAccounts(state, config);
    const credentials = new CredentialStore(identity.dp, identity.sealing.privateKey, readLocal);
    await credentials.refresh();
    const agentInfo = (): AgentInfo => ({
      ...describeAgent(),
      localAccounts: credentials.localCount,
      methods: config.methods,
      platforms: platformsBy(config),
      ...(updater.info && { update: updater.info }),
      ...(witness.told && { contradiction: witness.told }),
    });
    const orders = new OrderManager(
      identity,
      {
        methods: makeMethods(state, config, new AccountGuard(now), now),
        accounts: credentials,
        cache: new ReleaseCache(join(state, 'releases'), gateway, config.cacheLimit, ending.signal),
        journal,
        reporter: new OrderReporter(journal, reports, now),
        log,
        now,
      },
      config.concurrency,
      reserve,
      () => loop.pollNow(),
    );
    const versions = new VersionsFolder(join(state, 'versions'), launch.base ?? AGENT_VERSION);
    const updater = new Updater({
      versions,
      fetcher: new VersionFetcher(versions, state, identity.serverPublicKey, gateway, ending.signal),
      launch,
      running: AGENT_VERSION,
      busy: () => orders.running().length,
      log,
      now,
      onNews: () => loop.pollNow(),
      onSwitch: () => switching.abort('switching'),
    });
    const witness: AuditWitness = new AuditWitness(
      join(state, 'audit-witness.ndjson'),
      identity.serverPublicKey,
      log,
      now,
      () => loop.pollNow(),
    );
    await witness.open();
    const loop: PollLoop = new PollLoop({
      gateway,
      log,
      agentInfo,
      longPoll: config.longPoll,
      takesOrders: () => updater.takesOrders,
      capacity: () => orders.capacity(),
      running: () => orders.running(),
      onTrouble: (status, reason) => {
        updater.refused(status, reason);
        witness.refused(status);
      },
      onAnswer: async (answer, request) => {
        await updater.prove();
        // an answer that could not be journalled is as good as lost: its orders come again when their leases lapse
        await orders.take(answer).catch((error: unknown) => {
          log.error('the answer of a poll could not be stored', { reason: messageOf(error) });
        });
        await writeStatus(state, {
          pid: process.pid,
          version: AGENT_VERSION,
          lastPoll: new Date(now()).toISOString(),
          status: answer.status,
          running: orders.running(),
          unsentReports: journal.unsentReports().length,
        }).catch((error: unknown) => log.warn('status file not written', { reason: messageOf(error) }));
        await witness.heard(answer.checkpoint, answer.takes);
        await updater.heard(answer, request);
      },
    });
    log.info('agent started', { dp: identity.dp, gateway: identity.gateway, version: AGENT_VERSION });
    const reporting = reports.run(ending.signal);
    await updater.start();
    await loop.run(AbortSignal.any([signal, switching.signal]));
    updater.stop();
    log.info('agent ends', { running: orders.running().length, graceSeconds: config.graceSeconds });
    await orders.end(config.graceSeconds);
    ending.abort('ending');
    await reporting;
    await reports.flush(AbortSignal.timeout(FLUSH_TIMEOUT_S * 1000));
    log.info('agent ended', { unsentReports: journal.unsentReports().length });
    await journal.close();
    if (signal.aborted || !switching.signal.aborted) return 'ended';
    await updater.handOver();
    return 'switching';
  } finally {
    await unlock();
  }
}

/** A journal that knows nothing beside a last run that knew something was lost or moved away. */
async function sayWhatIsMissing(state: string, log: Log): Promise<void> {
  const text = await readFile(join(state, 'status.json'), 'utf8').catch(() => '');
  const last = z
    .object({ running: z.array(z.object({ order: z.string() })), unsentReports: z.number() })
    .safeParse(parseJson(text)).data;
  if (!last || last.running.length + last.unsentReports === 0) return;
  log.warn(
    'the journal is empty, though orders were under way when the agent ran last: their computers are looked at first ' +
      'when they are handed out again',
    { orders: last.running.map(({ order }) => order).join(' '), unsentReports: last.unsentReports },
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
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

/** Operating systems that methods install on; what a site's own command can do only the site knows. */
function platformsBy({ methods, ssh }: Config): string[] {
  const platforms = methods.flatMap((kind) => {
    if (kind === 'ssh') return ['linux', 'darwin', 'freebsd', ...(ssh.windows ? ['windows'] : [])];
    if (kind === 'smb') return ['windows'];
    return kind === 'local' ? ['linux'] : [];
  });
  return [...new Set(platforms)];
}

function makeMethods(
  state: string,
  config: Config,
  guard: AccountGuard,
  now: () => number,
): (Method | CommandMethod)[] {
  return config.methods.map((kind) => {
    if (kind === 'local' && config.local) return new LocalMethod(inState(state, config.local.root));
    if (kind === 'command' && config.command)
      return new CommandMethod(join(state, 'command'), config.command);
    if (kind === 'smb') return new SmbMethod(join(state, 'smb'), config.smb, guard, now);
    const { hostKeys, windows: _windows, ...times } = config.ssh;
    const settings = { ...times, strict: hostKeys === 'strict' };
    return new SshMethod(settings, new HostKeys(join(state, 'host-keys.json')), guard, now);
  });
}

async function writeStatus(state: string, status: AgentStatus): Promise<void> {
  await writePrivateFile(join(state, 'status.json'), `${JSON.stringify(status)}\n`);
}
