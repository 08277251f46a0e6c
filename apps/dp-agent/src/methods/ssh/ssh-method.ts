import { connect } from 'node:net';
import type { WireOrder } from '#contract';
import type { AccountSecret } from '#sealing';
import type { AccountGuard } from '../../accounts/account-guard.js';
import type { Candidate } from '../../accounts/credential-store.js';
import { AccountsHeld, type Method, stopHere, unlessStopped } from '../../computer/method.js';
import type { ComputerSession, CommandResult, TriedAccount } from '../../computer/session.js';
import { classify } from '../../failures/failure-table.js';
import { ConnectionLost, type FailureCode, StepFailed } from '../../failures/failure.js';
import { codeOf, messageOf } from '../../base/log.js';
import { type AdminRights, asAdmin, findAdminRights } from './admin-rights.js';
import { SshConnection } from './ssh-connection.js';
import { hostKeyFingerprint, type HostKeys, hostKeyType, judgeHostKey } from './host-keys.js';

export interface SshSettings {
  /** Seconds until an address that does not answer, or says nothing, counts as off. */
  readonly connectTimeout: number;
  /** Seconds for a login once the computer has answered. */
  readonly loginTimeout: number;
  /** Refuse unknown host keys whatever the order says. */
  readonly strict: boolean;
}

const HELD = {
  system: 'dp',
  code: 'ACCOUNT_HELD',
  text: 'not tried: refused twice in a row. Change it in the accounts file of this DP, or restart the agent',
};
/** A connection that is made anew ends with the work that needs it, not with the order's signal: a cancelled run is still ended. */
const NEVER = new AbortController().signal;

/** Failures that another account may not have. Everything else ends the attempt. */
const NEXT_ACCOUNT: ReadonlySet<string> = new Set([
  'AUTH_FAILED',
  'ACCOUNT_LOCKED',
  'ACCOUNT_DISABLED_OR_EXPIRED',
  'PASSWORD_CHANGE_REQUIRED',
  'KEY_UNUSABLE',
  'NOT_ADMIN',
  'SUDO_PASSWORD_REQUIRED',
  'SUDO_TTY_REQUIRED',
  'LOGIN_METHOD_MISSING',
  'SECOND_FACTOR_REQUIRED',
  'LOGIN_DENIED',
]);

type UsableCandidate = Extract<Candidate, { secret: unknown }>;
type Outcome = { session: ComputerSession } | { failure: StepFailed } | { held: FailureCode };

/** Installs over SSH with a password or key account and sudo (dp-protocol, "Install methods"). */
export class SshMethod implements Method {
  readonly kind = 'ssh';

  constructor(
    private readonly settings: SshSettings,
    private readonly hostKeys: HostKeys,
    private readonly guard: AccountGuard,
  ) {}

  async reach(order: WireOrder, signal: AbortSignal): Promise<void> {
    // Somebody else may be able to try as well: then it is not worth a long wait
    const timeout = Math.min(this.settings.connectTimeout, order.method.reachTimeout ?? Infinity);
    const socket = connect({ host: hostOf(order), port: order.method.port });
    const answered = new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', (error) => reject(connectFailed(codeOf(error), messageOf(error))));
      socket.setTimeout(timeout * 1000, () => {
        reject(connectFailed('ETIMEDOUT', `no answer within ${timeout} s`));
      });
    });
    try {
      await unlessStopped(answered, signal);
    } finally {
      socket.destroy();
    }
  }

  async open(
    order: WireOrder,
    candidates: readonly Candidate[],
    tried: TriedAccount[],
    signal: AbortSignal,
  ): Promise<ComputerSession> {
    let unusable = new StepFailed('auth', 'NO_ACCOUNT', null);
    let held: StepFailed | AccountsHeld | null = null;
    let seen: StepFailed | null = null;
    for (const candidate of candidates) {
      if ('unusable' in candidate) {
        tried.push({ account: candidate.id, result: candidate.unusable });
        unusable = new StepFailed('auth', candidate.unusable, null);
        continue;
      }
      const outcome = await this.tryOne(order, candidate, tried, signal);
      if ('held' in outcome) {
        if (!(held instanceof AccountsHeld)) held = heldBack(outcome.held, candidate.isLocal);
        continue;
      }
      if ('session' in outcome) {
        tried.push({ account: candidate.id, result: 'OK' });
        return outcome.session;
      }
      seen = outcome.failure;
      if (seen.phase === 'auth') tried.push({ account: candidate.id, result: seen.code });
      if (!NEXT_ACCOUNT.has(seen.code)) throw seen;
    }
    // what was seen says more than what was only spared
    throw seen ?? held ?? unusable;
  }

  /** One account's turn. @throws Stopped */
  private async tryOne(
    order: WireOrder,
    candidate: UsableCandidate,
    tried: TriedAccount[],
    signal: AbortSignal,
  ): Promise<Outcome> {
    const { secret, isLocal } = candidate;
    stopHere(signal);
    const turn = await this.guard.turn(secret, isLocal, signal);
    if (!turn.go) {
      stopHere(signal);
      return { held: turn.because };
    }
    let result: FailureCode | 'OK' | null = null;
    try {
      const opening = this.login(order, secret, () => this.reopen(order, candidate, tried));
      const session = await unlessStopped(opening, signal, () => {
        opening.then((late) => late.close()).catch(() => undefined);
      });
      result = 'OK';
      return { session };
    } catch (error) {
      const failure = error instanceof ConnectionLost ? connectFailed('ECONNRESET', error.why) : error;
      if (!(failure instanceof StepFailed)) throw failure;
      result = failure.code;
      return { failure };
    } finally {
      this.guard.done(secret, result);
    }
  }

  /**
   * The way in once more, with the account that had worked: its password may have been changed since, so this is a turn like
   * any other, and a refusal is told.
   *
   * @throws StepFailed
   */
  private async reopen(
    order: WireOrder,
    candidate: UsableCandidate,
    tried: TriedAccount[],
  ): Promise<ComputerSession> {
    const outcome = await this.tryOne(order, candidate, tried, NEVER);
    if ('session' in outcome) return outcome.session;
    if ('held' in outcome) throw new StepFailed('auth', outcome.held, HELD);
    const { failure } = outcome;
    if (failure.phase === 'auth') tried.push({ account: candidate.id, result: failure.code });
    throw failure;
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

/** Where the computer answers: its address when one is known, else its name in the site's own DNS. */
function hostOf({ computer }: WireOrder): string {
  return computer.address ?? computer.fqdn ?? computer.name;
}

function connectFailed(code: string, text: string): StepFailed {
  const native = { system: 'connect', code, text };
  return new StepFailed('reach', classify(native, 'reach'), native);
}

/** The server's brake decides over central accounts; one of this DP has nobody else who could say what is wrong. */
function heldBack(because: FailureCode, isLocal: boolean): StepFailed | AccountsHeld {
  if (!isLocal) return new AccountsHeld(because);
  return new StepFailed('auth', because, HELD);
}
