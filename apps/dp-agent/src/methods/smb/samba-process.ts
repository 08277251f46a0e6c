import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { Writable } from 'node:stream';
import { ConnectionLost, type Phase, StepFailed } from '../../failures/failure.js';
import { classify } from '../../failures/failure-table.js';
import type { SambaFiles } from './samba-files.js';
import type { SambaLogin } from './samba-login.js';
import { isConnectionLost, signOf, statusOf, withoutNoise } from './samba-output.js';

/** Programs that this method needs, and the package of Debian that each is in. */
const PROGRAMS = {
  smbclient: 'smbclient',
  smbcacls: 'smbclient',
  net: 'samba-common-bin',
  stdbuf: 'coreutils',
} as const;
export type SambaProgram = Exclude<keyof typeof PROGRAMS, 'stdbuf'>;
/**
 * smbclient waits for input on the descriptor, and so forgets a line that the C library has read ahead: it is to read none.
 */
const UNBUFFERED = ['stdbuf', '-i0'] as const;

/** Output kept of a program. */
const OUTPUT_LIMIT = 64 * 1024;

/** What to install, in words, where a program is missing; null when all are there. */
export async function missingSambaPrograms(path = process.env['PATH'] ?? ''): Promise<string | null> {
  const missing = [];
  for (const [program, inPackage] of Object.entries(PROGRAMS)) {
    if (!(await isOnPath(program, path))) missing.push({ program, inPackage });
  }
  if (missing.length === 0) return null;
  const programs = missing.map(({ program }) => program).join(' and ');
  const packages = [...new Set(missing.map(({ inPackage }) => inPackage))].join(' ');
  return `the method smb needs ${programs}: apt-get install ${packages} (Red Hat, SUSE: samba-client, samba-common-tools)`;
}

/** @throws StepFailed DP_INTERNAL where a program is missing */
export async function checkSambaPrograms(): Promise<void> {
  const text = await missingSambaPrograms();
  if (text !== null) throw new StepFailed('reach', 'DP_INTERNAL', { system: 'dp', code: 'SAMBA', text });
}

async function isOnPath(program: string, path: string): Promise<boolean> {
  for (const folder of path.split(delimiter).filter((part) => part !== '')) {
    const found = await access(join(folder, program), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return true;
  }
  return false;
}

/**
 * Starts a program of Samba as an account. The password comes on a file descriptor, and is neither among its arguments nor in its
 * environment; nothing of the machine's own settings is read.
 */
export function startSamba(
  program: SambaProgram,
  args: readonly string[],
  login: SambaLogin,
  files: SambaFiles,
): ChildProcess {
  const kerberos = `--use-kerberos=${login.kerberos ? 'required' : 'off'}`;
  const all = ['-s', files.smbConf, '-U', login.user, kerberos, ...args];
  const [wrapper, ...options] = program === 'smbclient' ? [...UNBUFFERED, program] : [program];
  const child = spawn(wrapper, [...options, ...all], {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    cwd: files.transit,
    env: {
      PATH: process.env['PATH'],
      HOME: files.transit,
      // texts are matched in English
      LC_ALL: 'C.UTF-8',
      PASSWD_FD: '3',
      KRB5_CONFIG: files.krb5Conf,
      KRB5CCNAME: 'MEMORY:',
    },
  });
  const password = child.stdio[3] as Writable;
  // a program that ends before it reads is no error
  password.on('error', () => undefined);
  child.stdin?.on('error', () => undefined);
  password.end(`${login.password}\n`);
  return child;
}

/** What came of a program: its words on both outputs, and how it ended. */
export interface SambaRun {
  readonly text: string;
  readonly exit: number | string;
}

/**
 * Runs a program to its end.
 *
 * @param seconds after which it is ended
 * @throws ConnectionLost when it said that the connection broke, or nothing in time; StepFailed when it could not be started
 */
export function runSamba(
  program: SambaProgram,
  args: readonly string[],
  login: SambaLogin,
  files: SambaFiles,
  seconds: number,
): Promise<SambaRun> {
  return new Promise((resolve, reject) => {
    const child = startSamba(program, args, login, files);
    let text = '';
    let timedOut = false;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (text = (text + chunk.toString()).slice(-OUTPUT_LIMIT)));
    }
    child.stdin?.end();
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, seconds * 1000);
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(notStarted(program, error.message));
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      const said = withoutNoise(text);
      if (timedOut) reject(new ConnectionLost(`${program}: no answer within ${seconds} s`, 'smb'));
      else if (isConnectionLost(statusOf(said))) reject(new ConnectionLost(said.slice(-1000), 'smb'));
      else resolve({ text: said, exit: code ?? signal ?? '' });
    });
  });
}

export function notStarted(program: SambaProgram, text: string): StepFailed {
  return new StepFailed('reach', 'DP_INTERNAL', { system: 'dp', code: program, text });
}

/** What a program's words mean as the failure of a phase. */
export function sambaFailed(phase: Phase, { text, exit }: SambaRun): StepFailed {
  const native = signOf(text, exit);
  return new StepFailed(phase, classify(native, phase), native);
}
