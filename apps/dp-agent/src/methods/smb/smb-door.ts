import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { blamesAccount } from '../../accounts/account-guard.js';
import { pause } from '../../base/backoff.js';
import type { Entry, ServiceState, StartAnswer, WindowsDoor } from '../../computer/windows/door.js';
import { ConnectionLost, type Phase, StepFailed } from '../../failures/failure.js';
import type { SambaFiles } from './samba-files.js';
import type { SambaLogin } from './samba-login.js';
import { isMissing, parseFreeKiB, parseListing, parseServiceState, statusOf } from './samba-output.js';
import { runSamba, sambaFailed, type SambaProgram, type SambaRun } from './samba-process.js';
import { type SmbAnswer, SmbClient } from './smb-client.js';

/** Seconds for a program that logs in, asks one thing and ends; to start a service takes up to thirty by itself. */
const PROGRAM_SECONDS = 30;
const START_SECONDS = 90;
/**
 * Everything is for Administrators and SYSTEM, also in what is made there. Nothing comes from above (P), not even later, when
 * somebody sets the rights of the folder above anew. Rights in numbers: Samba reads the letters for "all" as less than that.
 */
const PROTECTED = 'O:BAD:P(A;OICI;0x1f01ff;;;BA)(A;OICI;0x1f01ff;;;SY)';
/** Tries, a second apart, to remove what a program that is about to end still holds. */
const REMOVE_TRIES = 15;

/** Does something that is a login of its own, in the account's turn. */
export type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

/** The way to a Windows computer by its share ADMIN$ and its service manager, over Samba's programs. */
export class SmbDoor implements WindowsDoor {
  readonly system = 'smb';

  constructor(
    private readonly client: SmbClient,
    private readonly login: SambaLogin,
    private readonly files: SambaFiles,
    private readonly inTurn: InTurn,
  ) {}

  async list(mask: string): Promise<Entry[]> {
    const answer = await this.client.command(`ls ${quoted(mask)}`);
    if (isMissing(answer.status)) return [];
    return parseListing(this.sound('check', answer).text);
  }

  async freeKiB(): Promise<number | null> {
    return parseFreeKiB((await this.client.command('ls System32')).text);
  }

  async makeFolder(path: string): Promise<void> {
    const answer = await this.client.command(`mkdir ${quoted(path)}`);
    if (answer.status !== 'NT_STATUS_OBJECT_NAME_COLLISION') this.sound('stage', answer);
  }

  async protect(path: string): Promise<void> {
    const args = [`//${this.login.host}/ADMIN$`, path, '--sddl', '-S', PROTECTED];
    const ran = await this.program('smbcacls', args);
    if (ran.exit !== 0 || statusOf(ran.text) !== '') throw sambaFailed('stage', ran);
  }

  async put(path: string, content: Buffer | { readonly file: string }): Promise<void> {
    if (!Buffer.isBuffer(content)) return this.send(content.file, path);
    const file = join(this.files.transit, randomUUID());
    try {
      await writeFile(file, content, { mode: 0o600 });
      await this.send(file, path);
    } finally {
      await rm(file, { force: true });
    }
  }

  async get(path: string, most: number): Promise<Buffer | null> {
    const answer = await this.client.command(`get ${quoted(path)} -`, most);
    // what is being replaced just now can be read the next time
    if (isMissing(answer.status) || answer.status === 'NT_STATUS_SHARING_VIOLATION') return null;
    return this.sound('check', answer).data;
  }

  async getFromDrive(path: string, most: number): Promise<Buffer | null> {
    return this.inTurn(async () => {
      const drive = await SmbClient.open(this.login, 'C$', this.files, PROGRAM_SECONDS).catch(
        (error: unknown) => {
          // it is the computer's own affair whether it shares its drive; a refused account is not
          if (error instanceof StepFailed && !blamesAccount(error.code)) return null;
          throw error;
        },
      );
      if (!drive) return null;
      try {
        const { status, data } = await drive.command(`get ${quoted(path)} -`, most);
        if (status === '') return data;
        return isMissing(status) ? Buffer.alloc(0) : null;
      } finally {
        drive.close();
      }
    });
  }

  async rename(from: string, to: string): Promise<boolean> {
    for (let left = REMOVE_TRIES; ; left -= 1) {
      const answer = await this.client.command(`rename ${quoted(from)} ${quoted(to)}`);
      if (isMissing(answer.status) || answer.status === 'NT_STATUS_OBJECT_NAME_COLLISION') return false;
      // a virus scanner looks at what has just arrived, and Windows renames no folder with an open file in it
      const isHeld = /ACCESS_DENIED|SHARING_VIOLATION/.test(answer.status);
      if (!isHeld || left <= 0) {
        this.sound('install', answer);
        return true;
      }
      await pause(1, NEVER);
    }
  }

  async remove(path: string): Promise<void> {
    for (let left = REMOVE_TRIES; ; left -= 1) {
      const [entry] = await this.list(path);
      if (!entry) return;
      const answer = await this.client.command(`${entry.isFolder ? 'deltree' : 'del'} ${quoted(path)}`);
      if (left <= 0) this.sound('stage', answer);
      else if (answer.status !== '') await pause(1, NEVER);
    }
  }

  async createService(name: string, command: string): Promise<boolean> {
    for (let left = REMOVE_TRIES; ; left -= 1) {
      const ran = await this.service('create', name, name, command);
      if (/^Successfully created/m.test(ran.text)) return true;
      const status = statusOf(ran.text);
      if (
        /SERVICE_EXISTS|DUPLICATE_SERVICE_NAME/.test(status) &&
        (await this.serviceState(name)) !== 'absent'
      )
        return false;
      // one of that name that was removed is there until nobody looks at it any more
      const isGoing = /MARKED_FOR_DELETE|SERVICE_EXISTS|DUPLICATE_SERVICE_NAME/.test(status);
      if (!isGoing || left <= 0) throw sambaFailed('install', ran);
      await pause(1, NEVER);
    }
  }

  async startService(name: string): Promise<StartAnswer> {
    const ran = await this.service('start', name);
    const status = statusOf(ran.text);
    if (/^Successfully started/m.test(ran.text) || status === 'WERR_SERVICE_ALREADY_RUNNING')
      return { ok: true };
    const word = status || ran.text.slice(-200);
    return { ok: false, said: { system: 'werror', code: word, text: word } };
  }

  async stopService(name: string): Promise<void> {
    await this.service('stop', name);
  }

  async serviceState(name: string): Promise<ServiceState> {
    const ran = await this.service('status', name);
    const state = parseServiceState(ran.text);
    if (state === null) throw sambaFailed('check', ran);
    return state;
  }

  async deleteService(name: string): Promise<void> {
    const ran = await this.service('delete', name);
    if (/^Successfully deleted/m.test(ran.text) || parseServiceState(ran.text) === 'absent') return;
    throw sambaFailed('install', ran);
  }

  close(): void {
    this.client.close();
  }

  private async send(file: string, path: string): Promise<void> {
    this.sound('stage', await this.client.command(`put ${quoted(file)} ${quoted(path)}`));
  }

  private async service(verb: string, name: string, ...rest: string[]): Promise<SambaRun> {
    const args = ['rpc', 'service', verb, name, ...rest, '-S', this.login.host];
    const ran = await this.program('net', args, verb === 'start' ? START_SECONDS : PROGRAM_SECONDS);
    const failed = statusOf(ran.text).startsWith('NT_STATUS_') || /^Could not/m.test(ran.text);
    // net does not always say which pipe it was
    return failed ? { ...ran, text: `svcctl: ${ran.text}` } : ran;
  }

  private program(
    program: SambaProgram,
    args: readonly string[],
    seconds = PROGRAM_SECONDS,
  ): Promise<SambaRun> {
    return this.inTurn(async () => {
      const ran = await runSamba(program, args, this.login, this.files, seconds);
      const failure = sambaFailed('auth', ran);
      // what the account's turn has to know; anything else is for who asked
      if (blamesAccount(failure.code)) throw failure;
      return ran;
    });
  }

  private sound(phase: Phase, answer: SmbAnswer): SmbAnswer {
    if (answer.status === '') return answer;
    throw sambaFailed(phase, { text: answer.text, exit: '' });
  }
}

const NEVER = new AbortController().signal;

/** A name as smbclient takes it. */
function quoted(path: string): string {
  // no file name of Windows has one, and no state folder should
  if (/["\n]/.test(path)) throw new ConnectionLost(`a name with a quote: ${path}`, 'smb');
  return `"${path}"`;
}
