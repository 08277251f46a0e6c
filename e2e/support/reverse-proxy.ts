import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Certificates } from '../../tools/peers/certificates.js';
import { eventually } from '../../tools/testing/eventually.js';

const DEPLOY = join(__dirname, '..', '..', 'deploy');
export const PROXIES = ['nginx', 'caddy'] as const;
export type ProxyKind = (typeof PROXIES)[number];

/** Where a proxy of a test listens, and what is behind it. */
export interface ProxySite {
  readonly server: { readonly port: number; readonly to: readonly string[] };
  readonly gateway: { readonly port: number; readonly to: readonly string[] };
  readonly certificates: Certificates;
  /** Seconds after which it gives up a request that is silent; default: as the shipped file has it. */
  readonly patience?: number;
}

/** nginx or Caddy as a process of its own, with the files of deploy/: only names, ports, certificates and machines are exchanged. */
export class ReverseProxy {
  private constructor(
    private readonly kind: ProxyKind,
    private readonly folder: string,
    private readonly child: ChildProcess,
    private readonly site: ProxySite,
  ) {}

  static async start(kind: ProxyKind, folder: string, site: ProxySite): Promise<ReverseProxy> {
    mkdirSync(folder, { recursive: true });
    const files = kind === 'nginx' ? nginxFiles(folder, site) : { Caddyfile: caddyFile(folder, site) };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const [command, args] =
      kind === 'nginx'
        ? ['nginx', ['-p', folder, '-e', join(folder, 'error.log'), '-c', join(folder, 'nginx.conf')]]
        : ['caddy', ['run', '--config', join(folder, 'Caddyfile'), '--adapter', 'caddyfile']];
    const log = createWriteStream(join(folder, 'log'));
    const child = spawn(command, args, {
      env: { ...environment(folder) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    const proxy = new ReverseProxy(kind, folder, child, site);
    await once(child, 'spawn');
    await eventually(
      async () => {
        if (child.exitCode !== null)
          throw new Error(`${kind} ended: ${readFileSync(join(folder, 'log'), 'utf8')}`);
        await fetch(proxy.serverUrl);
      },
      { timeoutMs: 20_000 },
    );
    return proxy;
  }

  get serverUrl(): string {
    return `https://localhost:${this.site.server.port}`;
  }

  get gatewayUrl(): string {
    return `https://localhost:${this.site.gateway.port}`;
  }

  /** As `systemctl reload` does it. Resolves when that has been said; what is under way goes on. */
  async reload(): Promise<void> {
    if (this.kind === 'nginx') {
      this.child.kill('SIGHUP');
      return;
    }
    const file = join(this.folder, 'Caddyfile');
    // a file that is as it was is not loaded again
    const args = ['reload', '--config', file, '--adapter', 'caddyfile', '--force'];
    const [code] = (await once(spawn('caddy', args, { env: environment(this.folder) }), 'exit')) as [number];
    if (code !== 0) throw new Error(`caddy reload: ${code}`);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill(this.kind === 'nginx' ? 'SIGTERM' : 'SIGKILL');
    await ended;
  }
}

function environment(folder: string): NodeJS.ProcessEnv {
  return {
    PATH: `${process.env['PATH']}:/usr/sbin`,
    HOME: folder,
    XDG_DATA_HOME: folder,
    XDG_CONFIG_HOME: folder,
  };
}

/** Exchanges what is different here; what the shipped file does not have any more is a fault of this test. */
function exchange(text: string, changes: readonly (readonly [from: string, to: string])[]): string {
  return changes.reduce((so, [from, to]) => {
    if (!so.includes(from)) throw new Error(`the shipped file has no "${from}"`);
    return so.replaceAll(from, to);
  }, text);
}

function nginxFiles(
  folder: string,
  { server, gateway, certificates, patience }: ProxySite,
): Record<string, string> {
  const shipped = readFileSync(join(DEPLOY, 'nginx/relaypoint.conf'), 'utf8');
  const machines = (urls: readonly string[]): string =>
    urls.map((url) => `server ${new URL(url).host} max_fails=1 fail_timeout=5s;`).join('\n');
  let [first = '', second = ''] = shipped.split('# DPs, and the clients behind them');
  const listen = (port: number): [string, string] => [
    'listen 443 ssl http2;',
    `listen 127.0.0.1:${port} ssl http2;`,
  ];
  first = exchange(first, [
    listen(server.port),
    ['server_name relaypoint.example.com;', 'server_name localhost;'],
    ['server 127.0.0.1:3000 max_fails=1 fail_timeout=5s;', machines(server.to)],
    ['server 127.0.0.1:3001 max_fails=1 fail_timeout=5s;', machines(gateway.to)],
  ]);
  second = exchange(second, [
    listen(gateway.port),
    ['server_name dps.example.com;', 'server_name localhost;'],
    ...(patience === undefined
      ? []
      : ([['proxy_read_timeout 90s;', `proxy_read_timeout ${patience}s;`]] as const)),
  ]);
  const conf = exchange(`${first}\n#${second}`, [
    ['/etc/ssl/relaypoint/cert.pem', certificates.certificate],
    ['/etc/ssl/relaypoint/key.pem', certificates.key],
    ['include snippets/relaypoint.conf;', `include ${join(DEPLOY, 'nginx/snippet.conf')};`],
  ]);
  const own = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((what) => `${what}_temp_path ${join(folder, what)};`)
    .join('\n');
  return {
    'relaypoint.conf': conf,
    'nginx.conf': `daemon off;\npid ${join(folder, 'pid')};\n${process.getuid?.() === 0 ? 'user root;\n' : ''}worker_processes 1;
events { worker_connections 1024; }
http {
${own}
access_log ${join(folder, 'access.log')};
include ${join(folder, 'relaypoint.conf')};
}
`,
  };
}

function caddyFile(folder: string, { server, gateway, certificates, patience }: ProxySite): string {
  const shipped = readFileSync(join(DEPLOY, 'caddy/Caddyfile'), 'utf8');
  const tls = `tls ${certificates.certificate} ${certificates.key}`;
  const hosts = (urls: readonly string[]): string => urls.map((url) => new URL(url).host).join(' ');
  const text = exchange(shipped, [
    ['\nrelaypoint.example.com {\n', `\nhttps://localhost:${server.port} {\n${tls}\n`],
    ['\ndps.example.com {\n', `\nhttps://localhost:${gateway.port} {\n${tls}\n`],
    ['reverse_proxy 127.0.0.1:3000 {', `reverse_proxy ${hosts(server.to)} {`],
    ['reverse_proxy 127.0.0.1:3001 {', `reverse_proxy ${hosts(gateway.to)} {`],
    ...(patience === undefined
      ? []
      : ([['dial_timeout 5s', `dial_timeout 5s\nresponse_header_timeout ${patience}s`]] as const)),
  ]);
  return `{\n\tadmin unix/${join(folder, 'admin.sock')}\n\tauto_https off\n\tdefault_bind 127.0.0.1\n}\n${text}`;
}
