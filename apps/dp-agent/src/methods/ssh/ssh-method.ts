import type { WireOrder } from '#contract';
import type { AccountSecret } from '#sealing';
import type { AccountGuard } from '../../accounts/account-guard.js';
import { AccountTurns, type Login } from '../account-turns.js';
import type { Candidate } from '../../accounts/credential-store.js';
import type { Method, TriedAccount } from '../../computer/method.js';
import { PosixComputer } from '../../computer/posix/posix-computer.js';
import type { CommandResult, ComputerSession } from '../../computer/posix/session.js';
import { connectFailed, hostOf, reachPort, reachTimeout } from '../../computer/reach.js';
import type { RemoteComputer } from '../../computer/remote-computer.js';
import { StepFailed } from '../../failures/failure.js';
import { type AdminRights, asAdmin, findAdminRights } from './admin-rights.js';
import { SshConnection } from './ssh-connection.js';
import { hostKeyFingerprint, type HostKeys, hostKeyType, judgeHostKey } from './host-keys.js';

export interface SshSettings {
  /** Seconds until an address that does not answer, or says nothing, counts as off. */
  readonly connectTimeout: number;
  /** Seconds for a login once the computer has answered. */
  readonly loginTimeout: number;
  /** Seconds to try to get back to a computer whose connection broke. */
  readonly reconnectSeconds: number;
  /** Refuse unknown host keys whatever the order says. */
  readonly strict: boolean;
}

/** Installs over SSH with a password or key account and sudo (dp-protocol, "Install methods"). */
export class SshMethod implements Method {
  readonly kind = 'ssh';
  readonly reconnectFor: number;
  private readonly turns: AccountTurns;

  constructor(
    private readonly settings: SshSettings,
    private readonly hostKeys: HostKeys,
    guard: AccountGuard,
  ) {
    this.turns = new AccountTurns(guard);
    this.reconnectFor = settings.reconnectSeconds;
  }

  reach(order: WireOrder, signal: AbortSignal): Promise<void> {
    const timeout = reachTimeout(order, this.settings.connectTimeout);
    return reachPort(hostOf(order), order.method.port, timeout, signal);
  }

  async open(
    order: WireOrder,
    candidates: readonly Candidate[],
    tried: TriedAccount[],
    signal: AbortSignal,
  ): Promise<RemoteComputer> {
    const login: Login<ComputerSession> = {
      as: (candidate) => this.login(order, candidate.secret, () => this.turns.again(candidate, tried, login)),
      lost: (why) => connectFailed('ECONNRESET', why),
      discard: (late) => late.close(),
    };
    return new PosixComputer(await this.turns.first(candidates, tried, signal, login), order);
  }

  /** One account's way in: connection, host key, login, rights. */
  private async login(
    order: WireOrder,
    secret: AccountSecret,
    reopen: () => Promise<ComputerSession>,
  ): Promise<ComputerSession> {
    const identity = order.computer.fqdn ?? order.computer.name;
    const pinned = await this.hostKeys.pinned(identity);
    const known = {
      ordered: order.method.hostKey.known,
      pinned,
      strict: this.settings.strict || order.method.hostKey.policy === 'strict',
    };
    let fingerprint = '';
    const checkHostKey = async (key: Buffer) => {
      fingerprint = hostKeyFingerprint(key);
      const verdict = judgeHostKey(key, known);
      if (!verdict.ok) return verdict.code;
      if (verdict.pin) await this.hostKeys.pin(identity, key);
      return null;
    };
    const target = {
      host: hostOf(order),
      port: order.method.port,
      username: secret.domain ? `${secret.domain}\\${secret.username}` : secret.username,
      ...(secret.privateKey === undefined
        ? { password: secret.password ?? '' }
        : { privateKey: secret.privateKey, passphrase: secret.passphrase, password: secret.password }),
      connectTimeout: this.settings.connectTimeout,
      loginTimeout: this.settings.loginTimeout,
      ...(pinned === undefined ? {} : { hostKeyTypes: [hostKeyType(Buffer.from(pinned, 'base64'))] }),
    };
    const connection = await SshConnection.open(target, checkHostKey);
    try {
      refuseWindows(connection.serverSoftware);
      const rights = await findAdminRights(connection, secret);
      const facts = { hostKey: fingerprint };
      return new SshSession(connection, rights, secret, facts, reopen);
    } catch (error) {
      connection.close();
      throw error;
    }
  }
}

/** There no shell of ours runs, and what its own says of `sudo` would be taken for missing rights. */
function refuseWindows(software: string): void {
  if (!/^OpenSSH_for_Windows/i.test(software)) return;
  const text = 'this computer runs Windows; the method ssh of this DP installs on POSIX systems only';
  throw new StepFailed('check', 'PLATFORM_UNSUPPORTED', { system: 'ssh', code: software, text });
}

class SshSession implements ComputerSession {
  readonly root = '';

  constructor(
    private readonly connection: SshConnection,
    private readonly rights: AdminRights,
    readonly secret: AccountSecret,
    readonly facts: Readonly<Record<string, string>>,
    readonly reopen: () => Promise<ComputerSession>,
  ) {}

  async runAsAdmin(
    script: string,
    args: readonly string[],
    input?: Buffer | { readonly file: string },
  ): Promise<CommandResult> {
    const { command, input: first } = asAdmin(this.rights, this.secret, script, [this.root, ...args]);
    try {
      const parts = input === undefined ? first : [...first, input];
      return command.read(await this.connection.exec(command.line, parts));
    } finally {
      for (const part of first) part.fill(0);
    }
  }

  close(): void {
    this.connection.close();
  }
}
