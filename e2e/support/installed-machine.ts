import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { copyFileSync, createWriteStream, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { fetchStandIn, standInCommand } from '../../tools/peers/stand-in.js';
import { systemChromium } from '../../tools/testing/chromium.js';
import { eventually } from '../../tools/testing/eventually.js';
import { ANY_HEADING, chaptersOf, commandsIn, type GuideChapter } from '../../tools/testing/guide.js';
import { BareRoot } from './bare-root.js';
import type { Terminal } from './terminal.js';

const DOCS = join(__dirname, '..', '..', 'docs');
const DATABASE_PORT = 27017;
/** Everything that the guide's `apt-get install` lines name, and systemd for a look at the units. */
const MACHINE = {
  name: 'bookworm-services',
  packages: ['ca-certificates', 'curl', 'nginx', 'openssl', 'rabbitmq-server', 'systemd'],
  isAlone: true,
} as const;

/** Commands of the guides that are not run. */
const ELSEWHERE: readonly RegExp[] = [
  // its packages are there already, and it has no network but its own
  /^apt-get update$/,
  // MongoDB's packages are not to be had here; its stand-in has neither users nor a replica set
  /mongod|mongosh/,
];
/** In place of chapter 2: the stand-in's address. Programs in production refuse it, and configurations count for more than units. */
const STAND_IN_OF_DATABASE =
  `sed -i 's#^MONGODB_URI=.*#MONGODB_URI=mongodb://127.0.0.1:${DATABASE_PORT}/relaypoint#' /etc/relaypoint/server.env /etc/relaypoint/importer.env && ` +
  `printf '%s\\n' MONGODB_STAND_IN=1 NODE_ENV=development | tee -a /etc/relaypoint/server.env >> /etc/relaypoint/importer.env`;

/** A bare Debian of a test, on which somebody follows the pages about installations, in one terminal. */
export class InstalledMachine {
  private database: ChildProcess | undefined;
  private readonly terminal: Terminal;

  private constructor(
    readonly root: BareRoot,
    private readonly folder: string,
  ) {
    this.terminal = root.terminal();
  }

  /** @param folder where it is kept; archives that its reader has made lie in `archives` there */
  static make(folder: string, archives: readonly string[]): InstalledMachine {
    // makes everything wait that this process has open, so nothing is yet
    const root = BareRoot.make(join(folder, 'machine'), MACHINE);
    for (const archive of archives)
      copyFileSync(archive, join(root.onDisk('root'), archive.slice(archive.lastIndexOf('/') + 1)));
    const bin = root.onDisk('usr/local/bin');
    for (const name of ['systemctl', 'journalctl'])
      copyFileSync(join(__dirname, 'systemctl.sh'), join(bin, name));
    execFileSync('chmod', ['755', join(bin, 'systemctl'), join(bin, 'journalctl')]);
    return new InstalledMachine(root, folder);
  }

  /** Runs a command of the test in the terminal. @returns what it printed */
  paste(command: string): Promise<string> {
    return this.terminal.paste(command);
  }

  /** Pastes a command of a page, and does what a machine of its own would have done by itself. */
  private async obey(command: string): Promise<string> {
    if (ELSEWHERE.some((is) => is.test(command))) return '';
    const printed = await this.paste(command);
    if (/install -y .*rabbitmq-server/.test(command)) await this.startBroker();
    if (/install -y nginx/.test(command)) await this.paste('systemctl start nginx');
    return printed;
  }

  /** Pastes all commands of chapters of a page, which are found by how their titles begin. @returns what was printed */
  async follow(page: string, ...titles: readonly string[]): Promise<string> {
    let printed = '';
    for (const title of titles) {
      const commands = commandsIn([chapterOf(page, title)]);
      if (commands.length === 0) throw new Error(`chapter "${title}" of ${page} has nothing to paste`);
      for (const command of commands) printed += await this.obey(command);
    }
    return printed;
  }

  /** Starts the stand-in for MongoDB of chapter 2 and names it in the configurations. */
  async takeDatabase(): Promise<void> {
    await fetchStandIn(() => undefined);
    await this.startDatabase();
    await this.paste(STAND_IN_OF_DATABASE);
  }

  /** On the folder's data, which is empty at first. */
  async startDatabase(): Promise<void> {
    const data = join(this.folder, 'database');
    mkdirSync(data, { recursive: true });
    const log = createWriteStream(join(this.folder, 'database.log'), { flags: 'a' });
    const [command, args] = standInCommand(DATABASE_PORT, join(data, 'data.mv'), false);
    this.database = spawn(...this.root.lent(command, args), { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.database.stdout, this.database.stderr]) stream?.pipe(log, { end: false });
    await eventually(() => this.paste(`exec 9<>/dev/tcp/127.0.0.1/${DATABASE_PORT} && exec 9>&-`), {
      timeoutMs: 60_000,
    });
  }

  /** As a disk that breaks. */
  loseDatabase(): void {
    this.database?.kill('SIGKILL');
    rmSync(join(this.folder, 'database'), { recursive: true });
  }

  /** A browser in the network of the machine, which knows the names of the page. */
  browser(): Promise<Browser> {
    const { executablePath } = systemChromium();
    const [command, args] = this.root.lent(executablePath, []);
    const lent = join(this.folder, 'browser');
    writeFileSync(lent, `#!/bin/sh\nexec ${[command, ...args].join(' ')} "$@"\n`, { mode: 0o755 });
    return chromium.launch({
      executablePath: lent,
      args: ['--host-resolver-rules=MAP *.corp.example 127.0.0.1'],
    });
  }

  stop(): void {
    this.terminal.close();
    this.database?.kill('SIGKILL');
    this.root.stop();
  }

  /** As Debian's packages do where there is systemd; without the name service every command would start one, and end it. */
  private async startBroker(): Promise<void> {
    this.root.start('exec epmd');
    await eventually(() => this.paste('epmd -names'));
    this.root.start('exec rabbitmq-server > /var/log/rabbitmq-server.log 2>&1');
    await eventually(() => this.paste('rabbitmq-diagnostics -q check_port_connectivity'), {
      timeoutMs: 60_000,
    });
  }
}

/** A chapter of a page, by how its title begins. */
export function chapterOf(page: string, title: string): GuideChapter {
  const chapters = chaptersOf(readFileSync(join(DOCS, page), 'utf8'), ANY_HEADING);
  const found = chapters.find((one) => one.title.startsWith(title));
  if (!found) throw new Error(`there is no chapter "${title}" in ${page}`);
  return found;
}
