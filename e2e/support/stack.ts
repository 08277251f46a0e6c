import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { RabbitmqCluster } from '../../tools/peers/rabbitmq-cluster.js';
import { anyFreePort } from '../../tools/peers/ports.js';
import { eventually } from '../../tools/testing/eventually.js';
import { noteAnswer } from '../../tools/testing/server-errors.js';
import type { ProgramName } from '../../tools/testing/program-users.js';
import { QUEUE_TYPE_OF_TESTS } from '../../tools/testing/rabbitmq-choice.js';
import { TcpProxy } from '../../tools/testing/tcp-gate.js';
import { ApiClient } from './api-client.js';
import { Balancer } from './balancer.js';
import { TestEnvironment } from './ground.js';
import { Program, runToEnd } from './processes.js';

const ROOT = join(__dirname, '..', '..');
const ADMIN_PASSWORD = 'correct horse battery';

export interface StackOptions {
  gateways?: number;
  servers?: number;
  importer?: boolean;
  importers?: number;
  /** A load balancer before the servers, and one before the gateways, as in docs/operations.md. */
  balanced?: boolean;
  /** Checkout of the version that the programs are started from; this one by default. */
  root?: string;
  /** A broker and a database of its own, reached through relays that can withhold what passes. */
  killable?: boolean;
  /** Relays to the broker that the test run shares. */
  relayed?: boolean;
  /** Each program has a user of its own on the broker, with the rights of an installation. */
  leastRights?: boolean;
  /** A cluster of brokers, with quorum queues; the caller starts and ends it. */
  cluster?: RabbitmqCluster;
  /** `info` by default. */
  logLevel?: string;
  /** Further environment of every server. */
  serverEnv?: Record<string, string>;
  /** Further environment of every gateway. */
  gatewayEnv?: Record<string, string>;
  /** Address of this machine by which computers reach the servers; 127.0.0.1 by default. */
  publicHost?: string;
  /** What the importer and the agents run within, see {@link Program.within}. */
  within?: Program['within'];
}

/** A DP of a test: its agent as a process, and where it keeps things. */
export interface TestDp {
  id: string;
  state: string;
  agent: Program;
}

/**
 * The whole product as processes from `dist`, with a vhost and a database of its own. Everything is reached the way its
 * users reach it: admin API, gateway, queues.
 */
export class Stack {
  readonly token = `rlp_${randomBytes(32).toString('base64url')}`;
  readonly adminPassword = ADMIN_PASSWORD;
  readonly servers: Program[] = [];
  readonly gateways: Program[] = [];
  readonly dps = new Map<string, TestDp>();
  readonly importers: Program[] = [];
  ground!: TestEnvironment;
  api!: ApiClient;
  serverUrls: string[] = [];
  gatewayUrls: string[] = [];
  importerUrls: string[] = [];
  /** Where DPs reach the gateways. */
  gatewayUrl = '';

  private readonly balancers: Balancer[] = [];
  private gates: { server: TcpProxy; gateway: TcpProxy; importer: TcpProxy } | undefined;

  private constructor(
    readonly folder: string,
    private readonly within: StackOptions['within'],
  ) {}

  static async start(options: StackOptions = {}): Promise<Stack> {
    const stack = new Stack(mkdtempSync(join(tmpdir(), 'relaypoint-e2e-')), options.within);
    try {
      stack.ground = options.cluster
        ? await TestEnvironment.onCluster(options.cluster)
        : options.killable
          ? await TestEnvironment.own(stack.folder)
          : await TestEnvironment.shared();
      if (options.leastRights) await stack.ground.makeProgramUsers();
      if (options.killable || options.relayed) await stack.openRelays();
      await stack.launch(options);
    } catch (error) {
      await stack.stop();
      throw error;
    }
    return stack;
  }

  /** Relay between the servers and the broker. */
  get serverGate(): TcpProxy {
    return this.relays().server;
  }

  /** Relay between the gateways and the broker. */
  get gatewayGate(): TcpProxy {
    return this.relays().gateway;
  }

  /** Relays between every program and the broker. */
  get allGates(): TcpProxy[] {
    return Object.values(this.relays());
  }

  /** The only importer, or the first one. */
  get importer(): Program | undefined {
    return this.importers[0];
  }

  get importerUrl(): string {
    return this.importerUrls[0] ?? '';
  }

  openGates(): void {
    for (const gate of this.allGates) gate.release();
  }

  private relays(): { server: TcpProxy; gateway: TcpProxy; importer: TcpProxy } {
    if (!this.gates) throw new Error('this stack was started without relays');
    return this.gates;
  }

  private async openRelays(): Promise<void> {
    const target = { host: '127.0.0.1', port: Number(new URL(this.ground.amqpUrl).port) };
    const [server, gateway, importer] = await Promise.all([1, 2, 3].map(() => TcpProxy.open(target)));
    if (server && gateway && importer) this.gates = { server, gateway, importer };
  }

  private amqpUrlOf(program: ProgramName): string {
    const gate = this.gates?.[program];
    const direct = this.ground.users?.amqpUrls[program] ?? this.ground.amqpUrl;
    if (!gate) return direct;
    const url = new URL(direct);
    url.port = String(gate.port);
    // A relay that falls silent is noticed after some six seconds, not fifteen
    url.searchParams.set('heartbeat', '2');
    return url.href;
  }

  private async launch(options: StackOptions): Promise<void> {
    const common = {
      NODE_ENV: 'development',
      LOG_LEVEL: options.logLevel ?? 'info',
      MONGODB_URI: this.ground.mongodbUri,
      RELAYPOINT_STATE: join(this.folder, 'state'),
      DIRECTORY_HOSTS: '*',
      ...(process.env['MONGODB_STAND_IN'] ? { MONGODB_STAND_IN: '1' } : {}),
      ...queueTypes(options.cluster ? 'quorum' : QUEUE_TYPE_OF_TESTS),
    };
    mkdirSync(common.RELAYPOINT_STATE, { recursive: true, mode: 0o700 });
    const serverPorts = await ports(options.servers ?? 1);
    const gatewayPorts = await ports(options.gateways ?? 1);
    this.serverUrls = serverPorts.map((port) => `http://127.0.0.1:${port}`);
    this.gatewayUrls = gatewayPorts.map((port) => `http://127.0.0.1:${port}`);
    const [serverUrl, gatewayUrl] = await this.doors(options.balanced ?? false);
    this.gatewayUrl = gatewayUrl;
    this.api = new ApiClient(`${serverUrl}/api/v1`, this.token);
    for (const [index, port] of serverPorts.entries()) {
      const env = {
        ...common,
        PORT: String(port),
        AMQP_URL: this.amqpUrlOf('server'),
        PUBLIC_URL: serverUrl.replace('127.0.0.1', options.publicHost ?? '127.0.0.1'),
        GATEWAY_URL: gatewayUrl,
        ADMIN_PASSWORD,
        API_TOKEN: this.token,
        SWEEP_INTERVAL_MS: '300',
        ...(options.publicHost ? { HOST: '0.0.0.0' } : {}),
        ...options.serverEnv,
      };
      this.servers.push(this.program(`server-${index}`, 'dist/apps/server/src/main.js', [], env));
    }
    for (const [index, port] of gatewayPorts.entries()) {
      const env = {
        ...common,
        PORT: String(port),
        AMQP_URL: this.amqpUrlOf('gateway'),
        SERVER_URL: serverUrl,
        ...options.gatewayEnv,
      };
      this.gateways.push(this.program(`gateway-${index}`, 'dist/apps/dp-gateway/src/main.js', [], env));
    }
    const importerPorts = await ports(options.importer === false ? 0 : (options.importers ?? 1));
    this.importerUrls = importerPorts.map((port) => `http://127.0.0.1:${port}`);
    for (const [index, port] of importerPorts.entries()) {
      const env = {
        ...common,
        PORT: String(port),
        AMQP_URL: this.amqpUrlOf('importer'),
      };
      const name = index === 0 ? 'importer' : `importer-${index}`;
      const importer = this.program(name, 'dist/apps/importer/src/main.js', [], env);
      if (this.within) importer.within = this.within;
      this.importers.push(importer);
    }
    for (const program of this.programs()) {
      if (options.root !== undefined) program.root = options.root;
      program.start();
    }
    for (const url of [...this.serverUrls, ...this.gatewayUrls]) await this.ready(url);
  }

  /** Where everybody reaches the servers, and the gateways. */
  private async doors(balanced: boolean): Promise<[server: string, gateway: string]> {
    if (!balanced) return [this.serverUrls[0] ?? '', this.gatewayUrls[0] ?? ''];
    const [servers, gateways] = [await Balancer.open(this.serverUrls), await Balancer.open(this.gatewayUrls)];
    this.balancers.push(servers, gateways);
    return [servers.url, gateways.url];
  }

  /** Waits until a process answers that it is ready. */
  async ready(url: string): Promise<void> {
    await eventually(
      async () => {
        const response = await fetch(`${url}/health/ready`);
        if (!response.ok) throw new Error(`${url} is not ready: ${response.status} ${await response.text()}`);
      },
      { timeoutMs: 120_000 },
    );
  }

  program(name: string, script: string, args: readonly string[], env: Record<string, string>): Program {
    return new Program(name, script, args, env, join(this.folder, 'logs', `${name}.log`));
  }

  /** Everything that was started, agents included. */
  programs(): Program[] {
    const agents = [...this.dps.values()].map((dp) => dp.agent);
    return [...this.servers, ...this.gateways, ...this.importers, ...agents];
  }

  /** Creates a DP, lets an agent join as it, compares the fingerprints and enables it. The agent is started. */
  async addDp(id: string, config: string, gateway = 0): Promise<TestDp> {
    const created =
      id === 'server'
        ? await this.api.ok<{ joinCommand: string }>('POST', '/distribution-points/server/join-token', {})
        : await this.api.ok<{ joinCommand: string }>('POST', '/distribution-points', {
            id,
            name: id,
            tenant: null,
          });
    const dp = await this.join(id, id, created.joinCommand, config, gateway);
    this.dps.set(id, dp);
    return dp;
  }

  /** Adds a second machine to a DP, as {@link addDp} adds the first. */
  async addMachine(id: string, config: string, gateway = 0): Promise<TestDp> {
    const { joinCommand } = await this.api.ok<{ joinCommand: string }>(
      'POST',
      `/distribution-points/${id}/machines`,
      {},
    );
    const dp = await this.join(id, `${id}-second`, joinCommand, config, gateway);
    this.dps.set(`${id} second`, dp);
    return dp;
  }

  private async join(
    id: string,
    name: string,
    joinCommand: string,
    config: string,
    gateway: number,
  ): Promise<TestDp> {
    const state = join(this.folder, `dp-${name}`);
    mkdirSync(state, { recursive: true, mode: 0o700 });
    writeFileSync(join(state, 'config.yaml'), config, { mode: 0o600 });
    const words = joinCommand.split(' ').slice(1);
    const joined = await runToEnd('dist/apps/dp-agent/src/main.js', [...words, '--state', state]);
    if (joined.code !== 0) throw new Error(`join failed: ${joined.output}`);
    const { machines } = await this.api.ok<{ machines: { keyFingerprint: string }[] }>(
      'GET',
      `/distribution-points/${id}`,
    );
    const { keyFingerprint = '' } = machines.at(-1) ?? {};
    if (!joined.output.includes(keyFingerprint))
      throw new Error(`the agent shows another fingerprint: ${joined.output}`);
    await this.api.ok('POST', `/distribution-points/${id}/enable`, { keyFingerprint });
    const url = this.gatewayUrls[gateway] ?? '';
    const agent = this.program(
      `dp-${name}`,
      'dist/apps/dp-agent/src/main.js',
      ['run', '--gateway', url, '--state', state],
      {},
    );
    if (this.within) agent.within = this.within;
    agent.start();
    return { id, state, agent };
  }

  /** Packs client/posix, uploads it and publishes it as the default. */
  async publishClient(): Promise<void> {
    const out = join(this.folder, 'client');
    execFileSync(process.execPath, [join(ROOT, 'tools/client-pack.mjs'), '--out', out]);
    const name = readdirSync(out).find((file) => file.endsWith('.tar.gz')) ?? '';
    const version = /client-(.+)-linux/.exec(name)?.[1] ?? '';
    await this.api.ok('POST', '/client-releases', {
      version,
      platforms: { linux: { install: './install.sh', args: [], successCodes: [0], restartCodes: [194] } },
    });
    await this.api.ok('PUT', `/client-releases/${version}/files/linux`, readFileSync(join(out, name)), {
      'content-type': 'application/octet-stream',
      'x-file-name': name,
    });
    await this.api.ok('PATCH', `/client-releases/${version}`, { state: 'published', default: true });
  }

  /** Imports a CSV through preview and commit; answers the committed run. */
  async importCsv(csv: string, dp: string | null, tenant = 'default'): Promise<Record<string, unknown>> {
    const form = new FormData();
    form.set('source', 'csv');
    form.set('tenant', tenant);
    if (dp) form.set('dp', dp);
    form.set('file', new Blob([csv], { type: 'text/csv' }), 'computers.csv');
    const run = await this.api.ok<{ id: string }>('POST', '/imports', form);
    await this.runState(run.id, 'previewed');
    // without one, the server DP on purpose
    await this.api.ok('POST', `/imports/${run.id}/commit`, dp ? {} : { withoutDp: 'server' });
    return await this.runState(run.id, 'committed');
  }

  async runState(id: string, state: string): Promise<Record<string, unknown>> {
    return await eventually(
      async () => {
        const run = await this.api.ok('GET', `/imports/${id}`);
        if (run['state'] !== state) throw new Error(`import is ${JSON.stringify(run)}`);
        return run;
      },
      { timeoutMs: 120_000 },
    );
  }

  /** Depths of all dead-letter queues that are not empty; each test expects none. */
  async deadLetters(): Promise<Record<string, number>> {
    const depths = await this.ground.queueDepths();
    return Object.fromEntries(
      Object.entries(depths).filter(([name, depth]) => name.endsWith('.dead') && depth > 0),
    );
  }

  async killServer(): Promise<void> {
    await this.servers[0]?.kill();
  }

  async restartServer(): Promise<void> {
    this.servers[0]?.start();
    await this.ready(this.serverUrls[0] ?? '');
  }

  async killGateway(): Promise<void> {
    await this.gateways[0]?.kill();
  }

  async restartGateway(): Promise<void> {
    this.gateways[0]?.start();
    await this.ready(this.gatewayUrls[0] ?? '');
  }

  async killBroker(): Promise<void> {
    await this.ground.broker?.kill();
  }

  async restartBroker(): Promise<void> {
    await this.ground.broker?.restart();
    for (const url of [...this.serverUrls, ...this.gatewayUrls]) await this.ready(url);
  }

  /** Everything on the broker is gone: queues, messages, vhost. */
  async wipeBroker(): Promise<void> {
    await this.ground.wipeVhost();
    for (const url of [...this.serverUrls, ...this.gatewayUrls]) await this.ready(url);
  }

  async killDatabase(): Promise<void> {
    await this.ground.mongodb?.kill();
  }

  async restartDatabase(): Promise<void> {
    await this.ground.mongodb?.restart();
    for (const url of this.serverUrls) await this.ready(url);
  }

  async stop(): Promise<void> {
    const programs = this.programs();
    await Promise.all(programs.map((program) => program.kill()));
    for (const program of programs) {
      for (const fault of program.faults()) noteAnswer(500, `in the log of ${program.name}: ${fault}`);
    }
    for (const balancer of this.balancers) await balancer.close();
    for (const gate of Object.values(this.gates ?? {})) await gate.close();
    await this.ground?.drop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function queueTypes(type: 'classic' | 'quorum'): Record<string, string> {
  return { ORDER_QUEUE_TYPE: type, EVENT_QUEUE_TYPE: type };
}

async function ports(count: number): Promise<number[]> {
  const found: number[] = [];
  for (let i = 0; i < count; i += 1) found.push(await anyFreePort());
  return found;
}
