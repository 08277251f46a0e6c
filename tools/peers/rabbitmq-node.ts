import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { startInBackground, tail, untilReady } from './background.ts';
import { Epmd } from './epmd.ts';
import { PidFile } from './pid-file.ts';
import { anyFreePort, portIsFree } from './ports.ts';
import { type RabbitmqPrograms, systemRabbitmq } from './rabbitmq-programs.ts';

interface Settings {
  readonly node: string;
  readonly user: string;
  readonly password: string;
  readonly amqp: number;
  readonly management: number;
  readonly distribution: number;
  readonly epmd: number;
}

/** Nodes notice within about as many seconds that another has fallen silent; Erlang's default is 60. */
const NET_TICKTIME_S = 8;
const PORTS = ['amqp', 'management', 'distribution', 'epmd'] as const;

/** What a node is made with; it only counts when its folder is new. */
export interface RabbitmqNodeOptions {
  /** Everything of the node is in here: data, configuration, logs, cookie, pid files. */
  readonly folder: string;
  readonly user?: string;
  /** Default: a random one, kept in the folder. */
  readonly password?: string;
  /** Default: those of the system. */
  readonly programs?: RabbitmqPrograms;
  /** What it shares with the other nodes of a cluster; without it the node is alone. */
  readonly cluster?: ClusterMember;
}

/** One node of a cluster; its name service is started and ended by whoever starts the cluster. */
export interface ClusterMember {
  readonly name: string;
  /** Names of all nodes, this one included. */
  readonly nodes: readonly string[];
  readonly cookie: string;
  readonly epmd: number;
}

/**
 * One RabbitMQ node of our own on loopback, with the management plugin. Node name, ports, epmd, cookie, data and logs
 * are all private, so any number of nodes live side by side, and a node that the system runs is not touched.
 */
export class RabbitmqNode {
  readonly folder: string;
  private readonly programs: RabbitmqPrograms;
  private readonly settings: Settings;
  private readonly cluster: ClusterMember | null;
  private readonly server: PidFile;
  private readonly epmd: Epmd | null;

  private constructor(
    folder: string,
    programs: RabbitmqPrograms,
    settings: Settings,
    cluster: ClusterMember | null,
  ) {
    this.folder = folder;
    this.programs = programs;
    this.settings = settings;
    this.cluster = cluster;
    this.server = new PidFile(join(folder, 'server.pid'));
    this.epmd = cluster ? null : new Epmd(folder, settings.epmd, programs);
  }

  /** Starts the node of this folder, with the data it had; one that still runs is taken as it is. */
  static async start(options: RabbitmqNodeOptions): Promise<RabbitmqNode> {
    const programs = options.programs ?? systemRabbitmq();
    const folder = resolve(options.folder);
    mkdirSync(join(folder, 'log'), { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700); // it holds the cookie and the password
    const settings = await settingsOf(folder, options);
    const node = new RabbitmqNode(folder, programs, settings, options.cluster ?? null);
    await node.launch();
    return node;
  }

  /** Ends what a folder's node left running, when its starter died; the folder may be gone. */
  static async endLeftover(folder: string): Promise<void> {
    await new PidFile(join(folder, 'server.pid')).end(20_000);
    await new PidFile(join(folder, 'epmd.pid')).end(2_000);
  }

  /** `amqp://user:password@host:port`, without a virtual host. */
  get amqpUrl(): string {
    const { user, password, amqp } = this.settings;
    return `amqp://${user}:${password}@127.0.0.1:${amqp}`;
  }

  /** `http://user:password@host:port` of the management API. */
  get managementUrl(): string {
    const { user, password, management } = this.settings;
    return `http://${user}:${password}@127.0.0.1:${management}`;
  }

  /** Its name among the nodes of a cluster. */
  get name(): string {
    return this.settings.node;
  }

  /** The Erlang VM's pid while it runs. */
  get pid(): number | undefined {
    return this.server.running();
  }

  /** SIGKILL: as when the machine loses its power. */
  async kill(): Promise<void> {
    this.server.signal('SIGKILL');
    await this.server.ended(5_000);
  }

  /** SIGSTOP: connected, but silent. */
  pause(): void {
    this.server.signal('SIGSTOP');
  }

  resume(): void {
    this.server.signal('SIGCONT');
  }

  /** Starts again on the same ports with its data, after a clean stop when it runs. */
  async restart(): Promise<void> {
    await this.server.end(20_000);
    await this.launch();
  }

  async stop(): Promise<void> {
    await this.server.end(20_000);
    await this.epmd?.stop();
  }

  /** Stops at once and forgets everything. */
  async wipe(): Promise<void> {
    await this.kill();
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** `rabbitmqctl` on this node; gives what it printed. */
  async ctl(...args: string[]): Promise<string> {
    const command = this.programs.within(this.folder, join(this.programs.scripts, 'rabbitmqctl'), args);
    const { stdout } = await promisify(execFile)(...command, { env: this.environment() });
    return stdout;
  }

  private async launch(): Promise<void> {
    if (this.server.running() !== undefined) return;
    writeConfiguration(this.folder, this.settings, this.cluster);
    try {
      await this.startServer();
    } catch (error) {
      // whoever is told that it did not start has nothing to stop
      await new PidFile(join(this.folder, 'script.pid')).end(5_000);
      await this.stop();
      throw error;
    }
  }

  private async startServer(): Promise<void> {
    await this.epmd?.start();
    const vmPid = join(this.folder, 'vm.pid');
    rmSync(vmPid, { force: true });
    const log = join(this.folder, 'log', 'console.log');
    const script = new PidFile(join(this.folder, 'script.pid'));
    const server = join(this.programs.scripts, 'rabbitmq-server');
    const scriptPid = await startInBackground(...this.programs.within(this.folder, server, []), {
      env: this.environment(),
      log,
    });
    script.write(scriptPid);
    // the script only waits for the VM; signals must reach the VM itself
    await untilReady({
      what: 'RabbitMQ',
      milliseconds: 30_000,
      ready: async () => existsSync(vmPid) && this.server.write(Number(readFileSync(vmPid, 'utf8'))),
      alive: () => script.running() !== undefined,
      explain: () => tail(log),
    });
    await untilReady({
      what: 'RabbitMQ',
      milliseconds: 90_000,
      ready: async () => (await this.answersAmqp()) && (await this.answersManagement()),
      alive: () => this.server.running() !== undefined,
      explain: () => tail(log),
    });
  }

  private environment(): NodeJS.ProcessEnv {
    const inFolder = (name: string): string => join(this.folder, name);
    const inherited = Object.entries(process.env).filter(([name]) => !/^(RABBITMQ_|ERL_)/.test(name));
    return {
      ...Object.fromEntries(inherited),
      HOME: inFolder('home'), // the cookie is there
      RABBITMQ_NODENAME: this.settings.node,
      RABBITMQ_CONF_ENV_FILE: inFolder('rabbitmq-env.conf'),
      RABBITMQ_CONFIG_FILE: inFolder('rabbitmq.conf'),
      RABBITMQ_ADVANCED_CONFIG_FILE: inFolder('advanced.config'),
      RABBITMQ_ENABLED_PLUGINS_FILE: inFolder('enabled_plugins'),
      RABBITMQ_GENERATED_CONFIG_DIR: inFolder('generated'),
      RABBITMQ_SCHEMA_DIR: inFolder('schema'),
      RABBITMQ_MNESIA_BASE: inFolder('data'),
      RABBITMQ_LOG_BASE: inFolder('log'),
      RABBITMQ_PID_FILE: inFolder('vm.pid'),
      RABBITMQ_DIST_PORT: String(this.settings.distribution),
      // loopback only; no busy waiting, which would cost small machines a core
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: `-kernel inet_dist_use_interface {127,0,0,1} net_ticktime ${NET_TICKTIME_S} +sbwt none +sbwtdcpu none +sbwtdio none`,
      ERL_EPMD_PORT: String(this.cluster?.epmd ?? this.settings.epmd),
      ERL_EPMD_ADDRESS: '127.0.0.1',
      ERL_CRASH_DUMP: inFolder('erl_crash.dump'),
      LANG: 'C.UTF-8',
      LC_ALL: 'C.UTF-8',
    };
  }

  /** An open port is not enough: it must answer the protocol header with Connection.Start. */
  private answersAmqp(): Promise<boolean> {
    return new Promise((done) => {
      const socket = connect(this.settings.amqp, '127.0.0.1', () =>
        socket.write(Buffer.from('AMQP\0\0\x09\x01', 'latin1')),
      );
      const finish = (answer: boolean): void => {
        socket.destroy();
        done(answer);
      };
      socket.setTimeout(2_000, () => finish(false));
      socket.once('data', (data) => finish(data[0] === 1));
      socket.once('error', () => finish(false));
      socket.once('close', () => finish(false));
    });
  }

  private async answersManagement(): Promise<boolean> {
    const { user, password, management } = this.settings;
    try {
      const answer = await fetch(`http://127.0.0.1:${management}/api/overview`, {
        headers: { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` },
        signal: AbortSignal.timeout(3_000),
      });
      await answer.arrayBuffer();
      return answer.ok;
    } catch {
      return false;
    }
  }
}

/** The node's settings from its folder, or new ones. Ports that somebody took meanwhile are replaced. */
async function settingsOf(folder: string, options: RabbitmqNodeOptions): Promise<Settings> {
  const file = join(folder, 'settings.json');
  const kept = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Settings) : undefined;
  if (kept !== undefined && new PidFile(join(folder, 'server.pid')).running() !== undefined) return kept;
  // an epmd that outlived its node keeps its port
  await new PidFile(join(folder, 'epmd.pid')).end(2_000);
  const ports: Partial<Record<(typeof PORTS)[number], number>> = {};
  for (const port of PORTS) {
    const before = kept?.[port];
    ports[port] = before !== undefined && (await portIsFree(before)) ? before : await anyFreePort();
  }
  const settings = {
    node: options.cluster?.name ?? 'relaypoint@localhost',
    user: options.user ?? 'relaypoint',
    password: options.password ?? randomBytes(18).toString('base64url'),
    ...kept,
    ...ports,
  } as Settings;
  writeFileSync(file, `${JSON.stringify(settings, null, 2)}\n`, { mode: 0o600 });
  return settings;
}

function writeConfiguration(folder: string, settings: Settings, cluster: ClusterMember | null): void {
  for (const name of ['data', 'generated', 'schema', 'home'])
    mkdirSync(join(folder, name), { recursive: true });
  const cookie = join(folder, 'home', '.erlang.cookie');
  if (!existsSync(cookie)) {
    writeFileSync(cookie, cluster?.cookie ?? randomBytes(20).toString('hex'), { mode: 0o400 });
  }
  writeFileSync(join(folder, 'rabbitmq-env.conf'), '');
  writeFileSync(join(folder, 'advanced.config'), '[].\n');
  writeFileSync(join(folder, 'enabled_plugins'), '[rabbitmq_management].\n');
  const lines = [
    `listeners.tcp.local = 127.0.0.1:${settings.amqp}`,
    'management.tcp.ip = 127.0.0.1',
    `management.tcp.port = ${settings.management}`,
    `default_user = ${settings.user}`,
    `default_pass = ${settings.password}`,
    'log.console = false',
    'log.file.level = info',
    'disk_free_limit.absolute = 50MB',
    // The queues and consumers of 5,000 DPs take more than one
    'vm_memory_high_watermark.absolute = 3GB',
    ...(cluster ? clusterLines(cluster) : []),
  ];
  writeFileSync(join(folder, 'rabbitmq.conf'), `${lines.join('\n')}\n`, { mode: 0o600 });
}

/** Nodes find each other by this list when they are new; a minority stops until it is none any more. */
function clusterLines({ nodes }: ClusterMember): string[] {
  return [
    'cluster_partition_handling = pause_minority',
    'cluster_formation.peer_discovery_backend = classic_config',
    ...nodes.map((name, i) => `cluster_formation.classic_config.nodes.${i + 1} = ${name}`),
  ];
}
