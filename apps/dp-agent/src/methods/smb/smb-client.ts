import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { ConnectionLost } from '../../failures/failure.js';
import type { SambaFiles } from './samba-files.js';
import type { SambaLogin } from './samba-login.js';
import { isConnectionLost, statusOf, withoutNoise } from './samba-output.js';
import { notStarted, sambaFailed, startSamba } from './samba-process.js';

/** Seconds for one request to the computer, and for a whole command; a large file is many requests. */
const REQUEST_SECONDS = 20;
const COMMAND_SECONDS = 90;
const TRANSFER_SECONDS = 3600;
/** Words kept of one command. */
const OUTPUT_LIMIT = 4 * 1024 * 1024;

/** What a command said, the error that it named, '' for none, and the bytes that it gave. */
export interface SmbAnswer {
  readonly text: string;
  readonly status: string;
  readonly data: Buffer;
}

interface Waiting {
  readonly mark: string;
  /** Bytes kept of what it gives, from the end. */
  readonly most: number;
  readonly settle: (answer: SmbAnswer | ConnectionLost) => void;
}

/**
 * A share of a computer that is logged in to: one smbclient, which is given command after command. So an order costs the computer
 * one login however long it takes, and a password that is changed meanwhile is not tried again and again.
 */
export class SmbClient {
  private text = '';
  private data: Buffer = Buffer.alloc(0);
  private bytes = 0;
  private waiting: Waiting | null = null;
  private lost: string | null = null;
  private last: Promise<unknown> = Promise.resolve();
  private exit: number | string = '';

  private constructor(private readonly child: ChildProcess) {
    child.stderr?.on('data', (chunk: Buffer) => {
      this.text = (this.text + chunk.toString()).slice(-OUTPUT_LIMIT);
      this.read();
    });
    child.stdout?.on('data', (chunk: Buffer) => {
      this.bytes += chunk.length;
      this.data = lastOf(Buffer.concat([this.data, chunk]), this.waiting?.most ?? 0);
      this.read();
    });
    child.once('error', (error) => this.end(error.message));
    child.once('close', (code, signal) => {
      this.exit = code ?? signal ?? '';
      this.end(withoutNoise(this.text) || 'smbclient ended');
    });
  }

  /**
   * Logs in to a share.
   *
   * @param seconds for the login
   * @throws StepFailed of phase `auth` with what the computer's words mean; ConnectionLost
   */
  static async open(
    login: SambaLogin,
    share: string,
    files: SambaFiles,
    seconds: number,
  ): Promise<SmbClient> {
    const args = ['-E', '-q', '-t', `${REQUEST_SECONDS}`, `//${login.host}/${share}`];
    const child = startSamba('smbclient', args, login, files);
    const client = new SmbClient(child);
    try {
      await client.ask(null, 0, seconds);
      return client;
    } catch (error) {
      client.close();
      if (child.pid === undefined) throw notStarted('smbclient', client.lost ?? '');
      if (!(error instanceof ConnectionLost)) throw error;
      if (client.exit === '' || isConnectionLost(statusOf(error.why))) throw error;
      // it ended by itself and said why
      throw sambaFailed('auth', { text: error.why, exit: client.exit });
    }
  }

  /**
   * Gives it a command, after those before.
   *
   * @param most bytes kept of what a `get … -` gives, from its end
   * @throws ConnectionLost
   */
  command(line: string, most = 0): Promise<SmbAnswer> {
    const seconds = line.startsWith('put ') ? TRANSFER_SECONDS : COMMAND_SECONDS;
    const asked = this.last.then(() => this.ask(line, most, seconds));
    this.last = asked.catch(() => undefined);
    return asked;
  }

  close(): void {
    this.end('closed by us');
    // a login or a transfer that is under way would hold it
    this.child.kill('SIGKILL');
  }

  private ask(line: string | null, most: number, seconds: number): Promise<SmbAnswer> {
    if (this.lost !== null) return Promise.reject(new ConnectionLost(this.lost, 'smb'));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.end(`no answer within ${seconds} s`);
        this.child.kill('SIGKILL');
      }, seconds * 1000);
      this.text = '';
      this.data = Buffer.alloc(0);
      this.bytes = 0;
      const mark = `zz${randomBytes(8).toString('hex')}`;
      const settle = (answer: SmbAnswer | ConnectionLost) => {
        clearTimeout(timer);
        this.waiting = null;
        if (answer instanceof ConnectionLost) return reject(answer);
        if (!isConnectionLost(answer.status)) return resolve(answer);
        this.end(answer.text.slice(-1000));
        this.child.kill('SIGKILL');
        reject(new ConnectionLost(answer.text.slice(-1000), 'smb'));
      };
      this.waiting = { mark, most, settle };
      // what it does not know it says back: then everything before has been done
      this.child.stdin?.write(`${line === null ? '' : `${line}\n`}${mark}\n`);
    });
  }

  /** Settles the command under way once its mark has come back, and all bytes that it speaks of. */
  private read(): void {
    if (!this.waiting) return;
    const { mark, settle } = this.waiting;
    const at = this.text.indexOf(`${mark}: command not found`);
    if (at < 0) return;
    const text = withoutNoise(this.text.slice(0, at));
    const size = /^getting file .* of size (\d+) as - /m.exec(text)?.[1];
    // words and bytes come by two pipes
    if (size !== undefined && this.bytes < Number(size)) return;
    settle({ text, status: statusOf(text), data: this.data });
  }

  private end(why: string): void {
    this.lost ??= why;
    this.waiting?.settle(new ConnectionLost(this.lost, 'smb'));
  }
}

function lastOf(bytes: Buffer, most: number): Buffer {
  return bytes.subarray(Math.max(0, bytes.length - most));
}
