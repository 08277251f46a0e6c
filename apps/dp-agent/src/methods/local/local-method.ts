import { type ChildProcess, spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import type { WireOrder } from '#contract';
import type { Method } from '../../computer/method.js';
import { PosixComputer } from '../../computer/posix/posix-computer.js';
import type { ComputerSession, CommandResult } from '../../computer/posix/session.js';
import type { RemoteComputer } from '../../computer/remote-computer.js';
import { codeOf } from '../../base/log.js';
import { hostNameOf } from '../../computer/reach.js';

/**
 * Folders that stand for computers: the real client's installer runs with RELAYPOINT_ROOT set to
 * `<root>/<computer name>`. For the demo and for tests of the protocol; it needs no account and is never a default.
 */
export class LocalMethod implements Method {
  readonly kind = 'local';
  // nothing is between it and its computers
  readonly reconnectFor = 0;

  constructor(private readonly root: string) {}

  async reach(order: WireOrder): Promise<void> {
    await makeComputer(this.folder(order), order);
  }

  async open(order: WireOrder): Promise<RemoteComputer> {
    const folder = this.folder(order);
    await makeComputer(folder, order);
    return new PosixComputer(new LocalSession(folder), order);
  }

  private folder(order: WireOrder): string {
    return join(this.root, hostNameOf(order));
  }
}

/** Makes the folder's name and boot id on first use; a later restart gives it another boot id. */
async function makeComputer(folder: string, order: WireOrder): Promise<void> {
  await mkdir(join(folder, 'etc'), { recursive: true });
  await writeNew(join(folder, 'etc', 'hostname'), `${order.computer.fqdn ?? hostNameOf(order)}\n`);
  await writeNew(join(folder, 'boot_id'), `${randomUUID()}\n`);
}

async function writeNew(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: 'wx' });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    // an empty file is what a crash left of the first try
    if ((await readFile(path)).length === 0) await writeFile(path, text);
  }
}

class LocalSession implements ComputerSession {
  readonly secret = null;
  readonly facts = {};

  private readonly children = new Set<ChildProcess>();

  constructor(readonly root: string) {}

  runAsAdmin(
    script: string,
    args: readonly string[],
    input?: Buffer | { readonly file: string },
  ): Promise<CommandResult> {
    return new Promise((resolve, reject) => {
      // a session of its own: a signal to the agent's group must not reach an installer
      const child = spawn('sh', ['-c', script, 'relaypoint', this.root, ...args], { detached: true });
      this.children.add(child);
      const stdout: Buffer[] = [];
      const stderr: Buffer[] = [];
      child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
      child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
      child.once('error', reject);
      child.once('close', (code, signal) => {
        this.children.delete(child);
        resolve({
          code,
          signal,
          stdout: Buffer.concat(stdout).toString(),
          stderr: Buffer.concat(stderr).toString(),
        });
      });
      // a script that does not read its input is no error
      child.stdin.on('error', () => undefined);
      if (input === undefined) child.stdin.end();
      else if (Buffer.isBuffer(input)) child.stdin.end(Buffer.from(input));
      else createReadStream(input.file).pipe(child.stdin);
    });
  }

  reopen(): Promise<ComputerSession> {
    return Promise.resolve(this);
  }

  close(): void {
    // as a closed connection would: our own script ends, an installer that it started goes on
    for (const { pid } of this.children) {
      if (pid !== undefined) process.kill(-pid, 'SIGKILL');
    }
  }
}
