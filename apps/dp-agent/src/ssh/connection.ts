import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { Client, type ClientChannel, type ConnectConfig } from 'ssh2';
import type { Ran } from '../computer/session.js';
import { classify } from '../failure-table.js';
import { ConnectionLost, type NativeSign, StepFailed } from '../failure.js';
import { codeOf, messageOf } from '../log.js';
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

/** What a command reads from its standard input, part by part. */
export type CommandInput = readonly (Buffer | { readonly file: string })[];

/** What a host key is worth; anything but null is the code the attempt ends with. */
export type HostKeyCheck = (key: Buffer) => Promise<'HOST_KEY_UNKNOWN' | 'HOST_KEY_CHANGED' | null>;

/** A logged-in SSH connection. */
export class SshConnection {
  private lost: string | null = null;

  private constructor(private readonly client: Client) {
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
      await login(client, target, checkHostKey);
      return new SshConnection(client);
    } catch (error) {
      client.destroy();
      throw error;
    }
  }

  /**
   * Runs one command and sees it to its end.
   *
   * @throws ConnectionLost when the connection ended first: the command may run on
   */
  exec(command: string, input?: CommandInput): Promise<Ran> {
    if (this.lost !== null) return Promise.reject(new ConnectionLost(this.lost));
    return new Promise((resolve, reject) => {
      const onLost = () => reject(new ConnectionLost(this.lost ?? 'closed'));
      const settle = (result: Ran | ConnectionLost) => {
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

  close(): void {
    this.lost ??= 'closed by us';
    this.client.end();
    // without an answer to the goodbye the socket would stay
    setTimeout(() => this.client.destroy(), 2000).unref();
  }
}

/** Settles once: when the client is logged in, or with the failure that the first sign means. */
function login(client: Client, target: SshTarget, checkHostKey: HostKeyCheck): Promise<void> {
  return new Promise((resolve, reject) => {
    let refused: Awaited<ReturnType<HostKeyCheck>> = null;
    let handshaken = false;
    const methods = new LoginMethods(target);
    const fail = (native: NativeSign) => {
      const text = [native.text, methods.said].filter((words) => words !== '').join('; it said: ');
      reject(refused ? new StepFailed('auth', refused, native) : failureOf({ ...native, text }));
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
    // an expired account is not an error to ssh2: the server just hangs up
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
    authHandler: (offered) => methods.next(offered),
    hostVerifier,
  } as ConnectConfig; // ssh2 types its algorithm names, which here come from the computer
}

/** Gives a command its input, collects its output and settles with its end, or with the loss of the connection. */
function observe(
  channel: ClientChannel,
  lost: () => string | null,
  settle: (result: Ran | ConnectionLost) => void,
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

/** Sends the parts in turn and ends the input. A command that does not read on is no error. */
async function feed(channel: ClientChannel, parts: CommandInput): Promise<void> {
  for (const part of parts) {
    const chunks: AsyncIterable<Buffer> | Buffer[] = Buffer.isBuffer(part)
      ? [part]
      : createReadStream(part.file);
    for await (const chunk of chunks) {
      if (channel.destroyed || !channel.writable) return;
      if (!channel.write(chunk)) await drained(channel);
    }
  }
  channel.end();
}

function drained(channel: ClientChannel): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      channel.off('drain', done).off('close', done);
      resolve();
    };
    channel.on('drain', done).on('close', done);
  });
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

function failureOf(native: NativeSign): StepFailed {
  const code = classify(native);
  const beforeLogin = new Set([
    'NAME_NOT_RESOLVED',
    'HOST_UNREACHABLE',
    'CONNECT_TIMEOUT',
    'PORT_CLOSED',
    'NOT_SSH',
  ]);
  return new StepFailed(beforeLogin.has(code) ? 'reach' : 'auth', code, native);
}
