import type { Readable } from 'node:stream';
import { Client, type ClientChannel, type ConnectConfig, type SFTPWrapper } from 'ssh2';
import type { CommandResult } from '../../computer/posix/session.js';
import { classify } from '../../failures/failure-table.js';
import { ConnectionLost, type NativeSign, StepFailed } from '../../failures/failure.js';
import { codeOf, messageOf } from '../../base/log.js';
import { type CommandInput, feed } from './command-input.js';
import { LoginMethods } from './login-methods.js';

/** Output kept of each stream of a command: enough for the 16 KiB that a report carries, and our own lines. */
const OUTPUT_LIMIT = 64 * 1024;

export interface SshTarget {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password?: string;
  readonly privateKey?: string;
  readonly passphrase?: string;
  /** Seconds until the handshake must be done. */
  readonly connectTimeout: number;
  /** Seconds that a login may take then: a refused password alone is held back for some. */
  readonly loginTimeout: number;
  /** Key types to ask for, so that a computer with several shows the one that is known. */
  readonly hostKeyTypes?: string[];
}

/** What a host key is worth; anything but null is the code the attempt ends with. */
export type HostKeyCheck = (key: Buffer) => Promise<'HOST_KEY_UNKNOWN' | 'HOST_KEY_CHANGED' | null>;

/** A logged-in SSH connection. */
export class SshConnection {
  private lost: string | null = null;

  /** @param passwordWorked the password was part of what got the login through */
  private constructor(
    private readonly client: Client,
    readonly passwordWorked: boolean,
  ) {
    client.on('error', (error) => (this.lost ??= messageOf(error)));
    client.on('close', () => (this.lost ??= 'closed'));
  }

  /**
   * Connects and logs in.
   *
   * @throws StepFailed with what the native sign means
   */
  static async open(target: SshTarget, checkHostKey: HostKeyCheck): Promise<SshConnection> {
    const client = new Client();
    try {
      const methods = new LoginMethods(target);
      await login(client, target, methods, checkHostKey);
      return new SshConnection(client, methods.sentPassword);
    } catch (error) {
      client.destroy();
      throw error;
    }
  }

  /** How the server's software calls itself (RFC 4253 §4.2), such as `OpenSSH_9.2p1`; '' when it could not be told. */
  get serverSoftware(): string {
    // ssh2 keeps it, but has no public way to it
    return String(Reflect.get(this.client, '_remoteVer') ?? '');
  }

  /**
   * Runs one command and sees it to its end.
   *
   * @throws ConnectionLost when the connection ended first: the command may run on
   */
  exec(command: string, input?: CommandInput): Promise<CommandResult> {
    if (this.lost !== null) return Promise.reject(new ConnectionLost(this.lost));
    return new Promise((resolve, reject) => {
      const onLost = () => reject(new ConnectionLost(this.lost ?? 'closed'));
      const settle = (result: CommandResult | ConnectionLost) => {
        this.client.removeListener('close', onLost);
        if (result instanceof ConnectionLost) reject(result);
        else resolve(result);
      };
      this.client.once('close', onLost);
      this.client.exec(command, (error, channel) => {
        if (error) settle(new ConnectionLost(messageOf(error)));
        else observe(channel, () => this.lost, settle, input ?? []);
      });
    });
  }

  /** Opens the computer's files. @throws ConnectionLost where it has none to offer, too */
  sftp(): Promise<SFTPWrapper> {
    if (this.lost !== null) return Promise.reject(new ConnectionLost(this.lost));
    return new Promise((resolve, reject) => {
      const onLost = () => reject(new ConnectionLost(this.lost ?? 'closed'));
      this.client.once('close', onLost);
      this.client.sftp((error, sftp) => {
        this.client.removeListener('close', onLost);
        if (error) reject(new ConnectionLost(`no SFTP: ${messageOf(error)}`));
        else resolve(sftp);
      });
    });
  }

  close(): void {
    this.lost ??= 'closed by us';
    this.client.end();
    // without an answer to the goodbye the socket would stay
    setTimeout(() => this.client.destroy(), 2000).unref();
  }
}

/** Settles once: when the client is logged in, or with the failure that the first sign means. */
function login(
  client: Client,
  target: SshTarget,
  methods: LoginMethods,
  checkHostKey: HostKeyCheck,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let refused: Awaited<ReturnType<HostKeyCheck>> = null;
    let handshaken = false;
    const fail = (native: NativeSign) => {
      const sign = refined(native, methods);
      const text = [sign.text, methods.said].filter((words) => words !== '').join('; it said: ');
      reject(refused ? new StepFailed('auth', refused, native) : failureOf({ ...sign, text }));
    };
    const expect = (what: string, seconds: number) =>
      setTimeout(() => {
        fail({ system: 'ssh', code: 'client-timeout', text: `no ${what} within ${seconds} s` });
        client.destroy();
      }, seconds * 1000);
    let timer = expect('handshake', target.connectTimeout);
    client.on('handshake', () => {
      handshaken = true;
      clearTimeout(timer);
      timer = expect('login', target.loginTimeout);
    });
    client.once('ready', () => {
      clearTimeout(timer);
      resolve();
    });
    client.on('error', (error) => fail(signOf(error, handshaken)));
    client.on('banner', (words) => methods.heed(words));
    // that PAM lets somebody not in is not an error to ssh2: the server just hangs up
    client.on('close', () => {
      clearTimeout(timer);
      const code = handshaken ? 'closed-before-login' : 'closed-before-handshake';
      fail({ system: 'ssh', code, text: 'the connection was closed' });
    });
    client.on('keyboard-interactive', (_name, instructions, _language, prompts, finish) => {
      const answers = methods.answer(instructions, prompts);
      if (answers) return finish(answers);
      fail({
        system: 'ssh',
        code: 'client-authentication',
        text: 'the computer asks for more than the password',
      });
      client.destroy();
    });
    const judge = async (key: Buffer): Promise<boolean> => {
      try {
        refused = await checkHostKey(key);
        return refused === null;
      } catch (error) {
        const native = { system: 'dp', code: codeOf(error), text: messageOf(error) };
        reject(new StepFailed('auth', 'DP_INTERNAL', native));
        return false;
      }
    };
    const hostVerifier = (key: Buffer, verify: (accepted: boolean) => void): void => {
      void judge(key).then(verify);
    };
    try {
      client.connect(settingsOf(target, methods, hostVerifier));
    } catch (error) {
      clearTimeout(timer);
      // the only thing ssh2 looks at before it connects is the private key
      fail({ system: 'ssh', code: 'key', text: messageOf(error) });
    }
  });
}

function settingsOf(
  target: SshTarget,
  methods: LoginMethods,
  hostVerifier: NonNullable<ConnectConfig['hostVerifier']>,
): ConnectConfig {
  const { host, port, username, password, privateKey, passphrase, hostKeyTypes } = target;
  return {
    host,
    port,
    username,
    ...(password === undefined ? {} : { password, tryKeyboard: true }),
    ...(privateKey === undefined ? {} : { privateKey, passphrase }),
    ...(hostKeyTypes
      ? { algorithms: { serverHostKey: { prepend: hostKeyTypes, append: [], remove: [] } } }
      : {}),
    // ssh2's own covers handshake and login in one
    readyTimeout: 0,
    // without these a computer that was switched off would hang forever
    keepaliveInterval: 10_000,
    keepaliveCountMax: 3,
    authHandler: (offered, isPart) => methods.next(offered, isPart ?? false),
    hostVerifier,
  } as ConnectConfig; // ssh2 types its algorithm names, which here come from the computer
}

/** Gives a command its input, collects its output and settles with its end, or with the loss of the connection. */
function observe(
  channel: ClientChannel,
  lost: () => string | null,
  settle: (result: CommandResult | ConnectionLost) => void,
  input: CommandInput,
): void {
  const stdout = keepEnd(channel);
  const stderr = keepEnd(channel.stderr);
  let ended: { code: number | null; signal: string | null } | null = null;
  channel.on('exit', (code: number | null, signal?: string) => {
    ended = { code, signal: signal ?? null };
  });
  channel.on('close', () => {
    // a cut connection closes the channel too, but without an exit status
    settle(
      ended
        ? { ...ended, stdout: stdout(), stderr: stderr() }
        : new ConnectionLost(lost() ?? 'no exit status'),
    );
  });
  channel.on('error', (problem: unknown) => settle(new ConnectionLost(messageOf(problem))));
  feed(channel, input).catch(() => channel.end());
}

function keepEnd(stream: Readable): () => string {
  let kept: Buffer = Buffer.alloc(0);
  stream.on('data', (chunk: Buffer) => {
    kept = Buffer.concat([kept, chunk]).subarray(-OUTPUT_LIMIT);
  });
  return () => kept.toString();
}

function signOf(error: unknown, handshaken: boolean): NativeSign {
  const level = typeof error === 'object' && error !== null && 'level' in error ? String(error.level) : '';
  const code = codeOf(error);
  const text = messageOf(error);
  if (level === 'client-socket' && !handshaken)
    return { system: 'connect', code: code || 'ECONNRESET', text };
  if (level === 'client-dns') return { system: 'connect', code: 'ENOTFOUND', text };
  // a socket that breaks between handshake and login looks like a server that hung up
  return { system: 'ssh', code: level === 'client-socket' ? 'closed-before-login' : level, text };
}

/** Tells a secret that was refused from one that was never sent, or that was taken without letting anybody in. */
function refined(native: NativeSign, methods: LoginMethods): NativeSign {
  if (native.system !== 'ssh') return native;
  if (native.code === 'closed-before-login' && methods.hasSent) return { ...native, code: 'closed-at-login' };
  if (native.code !== 'client-authentication') return native;
  const offers = `the computer offers: ${methods.offers}`;
  switch (methods.standing) {
    case 'nothing-sent':
      return { ...native, code: 'method-missing', text: offers };
    case 'more-wanted':
      return { ...native, code: 'more-wanted', text: `${native.text}; ${offers}` };
    case 'refused':
      return native;
  }
}

function failureOf(native: NativeSign): StepFailed {
  const code = classify(native);
  const beforeLogin = new Set([
    'NAME_NOT_RESOLVED',
    'HOST_UNREACHABLE',
    'CONNECT_TIMEOUT',
    'PORT_CLOSED',
    'NOT_SSH',
    'LOGINS_CLOSED',
  ]);
  return new StepFailed(beforeLogin.has(code) ? 'reach' : 'auth', code, native);
}
