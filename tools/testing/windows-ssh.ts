import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import ssh2, { type Connection, type ServerChannel } from 'ssh2';
import { serveDrive } from './sftp-drive.js';
import type { TestWindows } from './windows.js';

/**
 * The OpenSSH server that a Windows computer may have: commands go to Wine's cmd.exe, files are those of its drive C. What of it stands in
 * for Windows: who is an administrator (`plain` is none, and may not write where Windows is), icacls.exe, of which Wine has the
 * name alone, errors of sc.exe, which Wine tells as numbers without the words, and PowerShell: of that, what the DP uses of its
 * rules for commands.
 */
export class WindowsSshServer {
  /** What was run, as the computer got it. */
  readonly commands: string[] = [];
  /** What the next connections are served by. */
  shell: 'cmd' | 'powershell' | 'other' = 'cmd';
  private readonly connections = new Set<Connection>();
  private scripts = 0;

  private constructor(
    private readonly windows: TestWindows,
    private readonly n: number,
    private readonly server: ssh2.Server,
  ) {}

  static async start(
    windows: TestWindows,
    n: number,
    ident = 'OpenSSH_for_Windows_9.5',
  ): Promise<WindowsSshServer> {
    const { private: key } = ssh2.utils.generateKeyPairSync('ed25519');
    const server = new ssh2.Server({ hostKeys: [key], ident });
    const all = new WindowsSshServer(windows, n, server);
    server.on('connection', (client) => all.serve(client));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return all;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Ends all connections, as a broken network does. */
  cut(): void {
    for (const client of this.connections) client.end();
  }

  stop(): void {
    this.cut();
    this.server.close();
  }

  private serve(client: Connection): void {
    this.connections.add(client);
    client.on('close', () => this.connections.delete(client));
    client.on('error', () => undefined);
    let isAdmin = false;
    client.on('authentication', (login) => {
      isAdmin = login.username !== 'plain';
      if (login.method === 'password' && login.password === this.windows.password) login.accept();
      else login.reject(['password']);
    });
    client.on('session', (accept) => {
      const session = accept();
      session.on('exec', (acceptExec, _reject, { command }) => void this.execute(command, acceptExec()));
      session.on('sftp', (acceptSftp) =>
        serveDrive(acceptSftp(), this.windows.computer(this.n).drive, isAdmin),
      );
    });
  }

  private async execute(command: string, channel: ServerChannel): Promise<void> {
    this.commands.push(command);
    const { code, output } = await this.run(command).catch((error: unknown) => ({
      code: 1,
      output: String(error),
    }));
    channel.write(output.replaceAll(/\r?\n/g, '\r\n'));
    channel.exit(code);
    channel.end();
  }

  private async run(command: string): Promise<{ code: number; output: string }> {
    if (this.shell === 'other') return { code: 127, output: `${command}: command not found` };
    let line = command;
    if (this.shell === 'powershell') {
      if (command.startsWith('echo ')) return { code: 0, output: `${command.slice(5)}\n` };
      if (!/^cmd\.exe \/c [\w %]+$/.test(command) && !/^[\w.]+ --% /.test(command))
        return { code: 1, output: 'The term is not recognized as the name of a cmdlet' };
      line = command.replace(' --% ', ' ');
    }
    if (/^icacls\.exe "[^"]+" \/inheritance:r \/grant:r /.test(line))
      return { code: 0, output: 'Successfully processed' };
    // quotes do not reach Wine's cmd.exe as they are on a command line
    const name = `ssh-${++this.scripts}.cmd`;
    const path = join(this.windows.computer(this.n).drive, name);
    writeFileSync(path, `@echo off\r\n${line}\r\n`);
    try {
      return { code: 0, output: await this.windows.exec(this.n, 'cmd.exe', ['/c', `C:\\${name}`]) };
    } catch (error) {
      const { stdout = '', stderr = '' } = error as { stdout?: Buffer; stderr?: Buffer };
      const number = /err:sc:\S+ failed to .* (\d+)/.exec(String(stderr))?.[1];
      if (number === undefined) return { code: 1, output: `${String(stdout)}${String(stderr)}` };
      return { code: Number(number), output: `[SC] OpenService FAILED ${number}:\n` };
    } finally {
      rmSync(path, { force: true });
    }
  }
}
