import { connect } from 'node:net';
import type { WireOrder } from '#contract';
import type { AccountSecret } from '#sealing';
import type { Candidate } from '../accounts.js';
import { type Method, unlessStopped } from '../computer/method.js';
import type { ComputerSession, Ran, TriedAccount } from '../computer/session.js';
import { classify } from '../failure-table.js';
import { ConnectionLost, StepFailed } from '../failure.js';
import { codeOf, messageOf } from '../log.js';
import { type AdminRights, asAdmin, findAdminRights } from './admin-rights.js';
import { SshConnection } from './connection.js';
import { hostKeyFingerprint, type HostKeys, hostKeyType, judgeHostKey } from './host-keys.js';

export interface SshSettings {
  /** Seconds until an address that does not answer, or says nothing, counts as off. */
  readonly connectTimeout: number;
  /** Seconds for a login once the computer has answered. */
  readonly loginTimeout: number;
  /** Refuse unknown host keys whatever the order says. */
  readonly strict: boolean;
}

/** Failures that another account may not have. Everything else ends the attempt. */
const NEXT_ACCOUNT: ReadonlySet<string> = new Set([
  'AUTH_FAILED',
  'ACCOUNT_LOCKED',
  'ACCOUNT_DISABLED_OR_EXPIRED',
  'PASSWORD_CHANGE_REQUIRED',
  'KEY_UNUSABLE',
  'NOT_ADMIN',
  'SUDO_PASSWORD_REQUIRED',
]);

/** Installs over SSH with a password or key account and sudo (dp-protocol, "Install methods"). */
export class SshMethod implements Method {
  readonly kind = 'ssh';

  constructor(
    private readonly settings: SshSettings,
    private readonly hostKeys: HostKeys,
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
    let last = new StepFailed('auth', 'NO_ACCOUNT', null);
    for (const candidate of candidates) {
      if ('unusable' in candidate) {
        tried.push({ account: candidate.id, result: candidate.unusable });
        last = new StepFailed('auth', candidate.unusable, null);
        continue;
      }
      try {
        const opening = this.login(order, candidate.secret);
        const session = await unlessStopped(opening, signal, () => {
          opening.then((late) => late.close()).catch(() => undefined);
        });
        tried.push({ account: candidate.id, result: 'OK' });
        return session;
      } catch (error) {
        const failure = error instanceof ConnectionLost ? connectFailed('ECONNRESET', error.why) : error;
        if (!(failure instanceof StepFailed)) throw failure;
        if (failure.phase === 'auth') tried.push({ account: candidate.id, result: failure.code });
        if (!NEXT_ACCOUNT.has(failure.code)) throw failure;
        last = failure;
      }
    }
    throw last;
  }

  /** One account's way in: connection, host key, login, rights. */
  private async login(order: WireOrder, secret: AccountSecret): Promise<ComputerSession> {
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
      const rights = await findAdminRights(connection, secret);
      const facts = { hostKey: fingerprint };
      return new SshSession(connection, rights, secret, facts, () => this.login(order, secret));
    } catch (error) {
      connection.close();
      throw error;
    }
  }
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
  ): Promise<Ran> {
    const { command, input: first } = asAdmin(this.rights, this.secret, script, [this.root, ...args]);
    try {
      return await this.connection.exec(command, input === undefined ? first : [...first, input]);
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
