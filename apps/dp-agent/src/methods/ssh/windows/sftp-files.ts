import type { FileEntryWithStats, SFTPWrapper } from 'ssh2';
import type { Entry } from '../../../computer/windows/door.js';
import { codeOf, messageOf } from '../../../base/log.js';
import { classify } from '../../../failures/failure-table.js';
import { ConnectionLost, type Phase, StepFailed } from '../../../failures/failure.js';

/** Statuses of SFTP (draft-ietf-secsh-filexfer-02 §7). */
const NO_SUCH_FILE = 2;
const LOST = new Set([6, 7]);

type Done<T> = (error: Error | undefined | null, value: T) => void;

/** Files of a computer over SFTP. What is not there is null, or false; other refusals are failures of the phase. */
export class SftpFiles {
  constructor(private readonly sftp: SFTPWrapper) {}

  /** What a folder holds; null when it is not there. */
  async list(path: string, phase: Phase): Promise<Entry[] | null> {
    const found = await this.ask<FileEntryWithStats[]>(phase, (done) => this.sftp.readdir(path, done));
    return (
      found?.flatMap(({ filename, attrs }) =>
        filename === '.' || filename === '..'
          ? []
          : [{ name: filename, isFolder: attrs.isDirectory(), size: attrs.size }],
      ) ?? null
    );
  }

  async stat(path: string, phase: Phase): Promise<Omit<Entry, 'name'> | null> {
    const found = await this.ask<{ isDirectory: () => boolean; size: number }>(phase, (done) =>
      this.sftp.stat(path, done),
    );
    return found && { isFolder: found.isDirectory(), size: found.size };
  }

  /** KiB; null where the computer does not tell. */
  async freeKiB(path: string): Promise<number | null> {
    try {
      const found = await this.ask<{ f_bavail: number; f_frsize: number }>('check', (done) =>
        (this.sftp as unknown as StatVfs).ext_openssh_statvfs(path, done),
      );
      return found && Math.floor((found.f_bavail * found.f_frsize) / 1024);
    } catch (error) {
      if (error instanceof ConnectionLost) throw error;
      return null;
    }
  }

  async makeFolder(path: string): Promise<void> {
    try {
      await this.ask<void>('stage', (done) => this.sftp.mkdir(path, (error) => done(error, undefined)));
    } catch (error) {
      // there is no status for "it is there already"
      const isThere = error instanceof StepFailed && (await this.stat(path, 'stage'))?.isFolder;
      if (!isThere) throw error;
    }
  }

  put(path: string, content: Buffer | { readonly file: string }): Promise<unknown> {
    return this.ask<void>('stage', (done) => {
      const settle = (error?: Error | null): void => done(error, undefined);
      if (Buffer.isBuffer(content)) this.sftp.writeFile(path, content, settle);
      else this.sftp.fastPut(content.file, path, settle);
    });
  }

  /** The last bytes of a file, at most so many; null when it is not there. */
  async get(path: string, most: number, phase: Phase): Promise<Buffer | null> {
    const handle = await this.ask<Buffer>(phase, (done) => this.sftp.open(path, 'r', done));
    if (!handle) return null;
    try {
      const size =
        (await this.ask<{ size: number }>(phase, (done) => this.sftp.fstat(handle, done)))?.size ?? 0;
      const bytes = Buffer.alloc(Math.min(size, most));
      let read = 0;
      while (read < bytes.length) {
        const got = await this.ask<number>(phase, (done) =>
          this.sftp.read(handle, bytes, read, bytes.length - read, size - bytes.length + read, done),
        );
        if (!got) break;
        read += got;
      }
      return bytes.subarray(0, read);
    } finally {
      await this.ask<void>(phase, (done) => this.sftp.close(handle, (error) => done(error, undefined)));
    }
  }

  /** False when there is nothing of the first name. */
  async rename(from: string, to: string): Promise<boolean> {
    const renamed = await this.ask<true>('install', (done) =>
      this.sftp.rename(from, to, (error) => done(error, true)),
    );
    return renamed !== null;
  }

  async removeFile(path: string): Promise<void> {
    await this.ask<void>('stage', (done) => this.sftp.unlink(path, (error) => done(error, undefined)));
  }

  async removeFolder(path: string): Promise<void> {
    for (const { name, isFolder } of (await this.list(path, 'stage')) ?? []) {
      const inner = `${path}/${name}`;
      await (isFolder ? this.removeFolder(inner) : this.removeFile(inner));
    }
    await this.ask<void>('stage', (done) => this.sftp.rmdir(path, (error) => done(error, undefined)));
  }

  /** Asks once; null when there is no such file. @throws StepFailed, ConnectionLost */
  private ask<T>(phase: Phase, start: (done: Done<T>) => void): Promise<T | null> {
    return new Promise((resolve, reject) => {
      const done: Done<T> = (error, value) => {
        if (!error) return resolve(value);
        const status = Number(codeOf(error));
        if (status === NO_SUCH_FILE) return resolve(null);
        // a status is an answer; without one nobody answered
        if (!(status > 0) || LOST.has(status)) return reject(new ConnectionLost(messageOf(error)));
        const native = { system: 'sftp', code: `${status}`, text: messageOf(error) };
        return reject(new StepFailed(phase, classify(native, phase), native));
      };
      try {
        start(done);
      } catch (error) {
        // an extension that this server does not have
        reject(new StepFailed(phase, 'UNKNOWN', { system: 'sftp', code: '', text: messageOf(error) }));
      }
    });
  }
}

/** An extension of OpenSSH that the types of ssh2 lack. */
interface StatVfs {
  ext_openssh_statvfs(path: string, done: Done<{ f_bavail: number; f_frsize: number }>): void;
}
