import type { WireOrder } from '#contract';
import type { AccountSecret } from '#sealing';
import type { AccountGuard } from '../../accounts/account-guard.js';
import { AccountTurns, type Login } from '../account-turns.js';
import type { Candidate } from '../../accounts/credential-store.js';
import type { Method, TriedAccount } from '../../computer/method.js';
import { PosixComputer } from '../../computer/posix/posix-computer.js';
import type { CommandResult, ComputerSession } from '../../computer/posix/session.js';
import type { OpenDoor } from '../../computer/windows/door.js';
import { BASE } from '../../computer/windows/pushes.js';
import { WindowsComputer } from '../../computer/windows/windows-computer.js';
import { connectFailed, hostNameOf, hostOf, reachPort, reachTimeout } from '../../computer/reach.js';
import type { RemoteComputer } from '../../computer/remote-computer.js';
import { StepFailed } from '../../failures/failure.js';
import { type AdminRights, asAdmin, findAdminRights } from './admin-rights.js';
import { SshConnection } from './ssh-connection.js';
import { findWindows } from './windows/find-windows.js';
import { SshDoor } from './windows/ssh-door.js';
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

/** What an account gets into: a computer with a shell of POSIX, or Windows. */
type Entered =
  | { readonly is: 'posix'; readonly session: ComputerSession }
  | { readonly is: 'windows'; readonly opened: OpenDoor };

/** Installs over SSH with a password or key account, by sudo or as an administrator of Windows (dp-protocol, "Install methods"). */
export class SshMethod implements Method {
  readonly kind = 'ssh';
  readonly reconnectFor: number;
  private readonly turns: AccountTurns;

  constructor(
    private readonly settings: SshSettings,
    private readonly hostKeys: HostKeys,
    guard: AccountGuard,
    private readonly now: () => number,
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
    const login: Login<Entered> = {
      as: (candidate) => this.login(order, candidate.secret, () => this.turns.again(candidate, tried, login)),
      lost: (why) => connectFailed('ECONNRESET', why),
      discard: leave,
    };
    const entered = await this.turns.first(candidates, tried, signal, login);
    return entered.is === 'posix'
      ? new PosixComputer(entered.session, order)
      : new WindowsComputer(entered.opened, order, this.now);
  }

  /** One account's way in: connection, host key, login, rights. */
  private async login(
    order: WireOrder,
    secret: AccountSecret,
    again: () => Promise<Entered>,
  ): Promise<Entered> {
    const identity = order.computer.fqdn ?? hostNameOf(order);
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
      return await enter(connection, secret, { hostKey: fingerprint }, again);
    } catch (error) {
      connection.close();
      throw error;
    }
  }
}

/** Finds out what is behind a login, and how the account administers it. */
async function enter(
  connection: SshConnection,
  secret: AccountSecret,
  facts: Readonly<Record<string, string>>,
  again: () => Promise<Entered>,
): Promise<Entered> {
  const windows = await findWindows(connection);
  if (windows === null) {
    const rights = await findAdminRights(connection, secret);
    const reopen = async () => {
      const entered = await again();
      if (entered.is === 'posix') return entered.session;
      throw changed(entered);
    };
    return { is: 'posix', session: new SshSession(connection, rights, secret, facts, reopen) };
  }
  const door = await SshDoor.open(connection, windows);
  await door.demandAdmin(BASE);
  const reopen = async () => {
    const entered = await again();
    if (entered.is === 'windows') return entered.opened;
    throw changed(entered);
  };
  return { is: 'windows', opened: { door, secret, facts, reopen } };
}

function leave(entered: Entered): void {
  if (entered.is === 'posix') entered.session.close();
  else entered.opened.door.close();
}

/** Another system answers at the place of the one that was there a moment ago. */
function changed(entered: Entered): StepFailed {
  leave(entered);
  const text = 'another operating system answers than before';
  return new StepFailed('reach', 'WRONG_COMPUTER', { system: 'ssh', code: entered.is, text });
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
