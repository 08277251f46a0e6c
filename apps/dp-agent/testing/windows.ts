import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WireOrder, WireRelease } from '#contract';
import { TestWindows, type WindowsAccount } from '../../../tools/testing/windows.js';
import { windowsSetup } from '../../../tools/testing/windows-client.js';
import { eventually } from '../../../tools/testing/eventually.js';
import { offerSetup, orderFor, TestAgent } from './agent.js';
import { TestGateway } from './gateway.js';
import { idle } from './idle.js';

const action = (name: string, condition: string, sequence: number) =>
  'INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) ' +
  `VALUES ('${name}', '${condition}', ${sequence})`;

/** What the MSI of these tests does beside installing the client, each by a property of its own. */
const CHANGES = [
  // exit code 1603
  "INSERT INTO `LaunchCondition` (`Condition`, `Description`) VALUES ('NOT TESTFAIL', 'This was asked for.')",
  // it takes as long as hold.cmd does
  'INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) ' +
    "VALUES ('Hold', 34, 'TARGETDIR', '[System64Folder]cmd.exe /c C:\\hold.cmd')",
  action('Hold', 'TESTHOLD', 1450),
];
/** Notes that it runs, and then waits until it is let go. */
const HOLD = [
  '@echo off',
  'echo run>> C:\\runs',
  ':again',
  'if exist C:\\go goto end',
  'ping -n 2 127.0.0.1 > nul',
  'goto again',
  ':end',
  // else its exit code, and with it the installation's result, is that of the last ping
  'exit /b 0',
].join('\r\n');

/** An agent with the method smb, its gateway, and Windows computers in a domain. */
export class WindowsSite {
  readonly gateway = new TestGateway();
  agent = new TestAgent();

  private constructor(readonly windows: TestWindows) {}

  static async start(computers = 1, smb: object = {}): Promise<WindowsSite> {
    const site = new WindowsSite(await TestWindows.start({ computers }));
    // computers register there, too
    await site.gateway.start('0.0.0.0');
    await site.join(smb);
    return site;
  }

  /** A DP with a state folder of its own, that runs. */
  async join(smb: object = {}, more: object = {}): Promise<void> {
    const { windows } = this;
    this.agent = new TestAgent();
    this.agent.within = (command, args) => windows.withNames(command, args);
    this.agent.configure({
      longPoll: 5,
      graceSeconds: 0,
      methods: ['ssh', 'smb'],
      smb: {
        domains: [{ realm: windows.realm, name: windows.domain, kdc: [windows.controller.address] }],
        ...smb,
      },
      ...more,
    });
    await this.agent.join(this.gateway);
    this.agent.start();
  }

  async stop(): Promise<void> {
    await this.agent.stop('SIGKILL');
    await this.gateway.stop();
    await this.windows.stop();
  }

  /** An account of the domain. */
  account(username: WindowsAccount, password = this.windows.password): WireOrder['accounts'][number] {
    return this.gateway.seal(`acc-${username}`, { username, domain: this.windows.domain, password });
  }

  async release(version: string, ...args: string[]): Promise<WireRelease> {
    return offerSetup(this.gateway, await windowsSetup(version, CHANGES), args);
  }

  order(n: number, changes: Partial<WireOrder> = {}): WireOrder {
    const { name, fqdn, address } = this.windows.computer(n);
    const order = orderFor(this.gateway, {
      computer: { name, fqdn, address, os: 'Windows 11 Pro' },
      // nothing answers there, whatever this machine has on the usual one
      method: { kinds: ['ssh', 'smb'], port: 1, hostKey: { policy: 'pin', known: null } },
      accounts: [this.account('deploy')],
      ...changes,
    });
    const url = `http://${this.windows.hostAddress}:${this.gateway.port}/client/v1/register`;
    const { registration } = order;
    return { ...order, registration: registration && { ...registration, url } };
  }

  /** Installations with `TESTHOLD=1` on a computer wait for {@link letGo} from now on. */
  hold(n: number): void {
    const { drive } = this.windows.computer(n);
    for (const name of ['go', 'runs']) rmSync(join(drive, name), { force: true });
    writeFileSync(join(drive, 'hold.cmd'), HOLD);
  }
  /** How often an installation has begun since {@link hold}. */
  runs(n: number): number {
    const path = join(this.windows.computer(n).drive, 'runs');
    return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n').length : 0;
  }
  letGo(n: number): void {
    writeFileSync(join(this.windows.computer(n).drive, 'go'), '');
  }

  /** What is left of pushes on a computer: files below its folder, and services. */
  async left(n: number): Promise<{ files: string[]; services: string }> {
    const folder = join(this.windows.computer(n).adminShare, 'Relaypoint');
    const files = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : [];
    const key = 'HKLM\\SYSTEM\\CurrentControlSet\\Services';
    const services = (await this.windows.exec(n, 'reg.exe', ['query', key])).split('\n');
    return { files, services: services.filter((name) => name.includes('RelaypointPush')).join() };
  }

  /** Waits until nothing is left of pushes that could still be at work, of one order or of all. */
  async cleaned(n: number, order?: WireOrder): Promise<void> {
    await eventually(
      async () => {
        const { services } = await this.left(n);
        if (services.includes(`RelaypointPush-${order ? `${order.order}-` : ''}`))
          throw new Error(`left: ${services}\n${this.agent.output}`);
      },
      { timeoutMs: 90_000 },
    );
  }

  /** Waits until the agent has cleaned up after all that has ended. */
  isIdle(): Promise<void> {
    return idle(this.agent, this.gateway);
  }

  /** The report that ends an order. */
  async outcome(order: WireOrder) {
    this.gateway.give(order);
    return this.ended(order);
  }

  ended(order: WireOrder) {
    return eventually(
      () => {
        const report = this.gateway.ended(order.order);
        if (!report) throw new Error(`${order.order} has not ended\n${this.agent.output}`);
        return report;
      },
      { timeoutMs: 120_000 },
    );
  }
}
