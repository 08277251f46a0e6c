// A real Active Directory controller (Samba) on one loopback address: node tools/peers/ad.ts start [--host 127.88.0.1]
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { findCommand, startInBackground, tail, untilReady } from './background.ts';
import { certificatesFor } from './certificates.ts';
import { type PeerCommand, runPeerCommand } from './peer-command.ts';
import { PidFile } from './pid-file.ts';

const REALM = 'corp.relaypoint.test';
const BASE_DN = 'DC=corp,DC=relaypoint,DC=test';
const NAME = 'dc1';
const PASSWORD = 'Imp0rt-Passw0rd';
const ADMIN_PASSWORD = 'Adm1n-Passw0rd';
/** Days: in an older snapshot "seen three days ago" would be wrong by too much. */
const SNAPSHOT_LIFE = 14;
/** Samba's tools want the distribution's Python, not another one that comes first on PATH. */
const SYSTEM_PATH = { ...process.env, PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };

const pidFile = (folder: string): PidFile => new PidFile(join(folder, 'samba.pid'));

function facts(folder: string): Record<string, string | number> | undefined {
  const pid = pidFile(folder).running();
  if (pid === undefined) return undefined;
  const host = readFileSync(join(folder, 'host'), 'utf8').trim();
  return {
    HOST: host,
    PORT: 389, // Samba's LDAP ports are fixed; several controllers take several addresses
    LDAPS_PORT: 636,
    GC_PORT: 3268,
    URL: `ldap://${host}`,
    LDAPS_URL: `ldaps://${host}`,
    BASE_DN,
    BIND_DN: `CN=svc-import,CN=Users,${BASE_DN}`,
    BIND_UPN: `svc-import@${REALM}`,
    PASSWORD,
    ADMIN_DN: `CN=Administrator,CN=Users,${BASE_DN}`,
    ADMIN_PASSWORD,
    REALM,
    DOMAIN: 'CORP',
    TLS_NAME: `${NAME}.${REALM}`,
    CA_FILE: join(folder, 'tls', 'ca.pem'),
    EXPECTED: join(folder, 'dc', 'expected.json'),
    COMPUTERS: 60,
    PID: pid,
  };
}

/** Makes the domain and fills it, in FOLDER/dc: 10 to 20 seconds. */
function provision(folder: string, host: string): void {
  const dc = join(folder, 'dc');
  mkdirSync(dc, { recursive: true });
  const log = join(folder, 'provision.log');
  const run = (command: string, args: readonly string[]): string => {
    try {
      return execFileSync(command, args, {
        env: SYSTEM_PATH,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
        maxBuffer: 64 << 20,
      });
    } catch (error) {
      writeFileSync(log, String((error as { stderr?: string }).stderr));
      throw new Error(`${command} ${args[0]} failed:\n${tail(log)}`, { cause: error });
    }
  };
  run('samba-tool', [
    'domain',
    'provision',
    '-s', // the distribution's smb.conf is to stay out of it
    '/dev/null',
    `--realm=${REALM.toUpperCase()}`,
    '--domain=CORP',
    '--server-role=dc',
    `--host-name=${NAME}`,
    `--host-ip=${host}`,
    `--adminpass=${ADMIN_PASSWORD}`,
    '--dns-backend=SAMBA_INTERNAL',
    `--targetdir=${dc}`,
    `--option=interfaces=${host}/8`,
    '--option=bind interfaces only=yes',
    '--option=disable netbios=yes',
    // ACLs in a database: containers without CAP_SYS_ADMIN cannot set security attributes on files
    '--option=vfs objects=dfs_samba4 acl_xattr xattr_tdb',
  ]);
  const conf = join(dc, 'etc', 'smb.conf');
  const own = [
    `tls cafile = ${folder}/tls/ca.pem`,
    `tls certfile = ${folder}/tls/cert.pem`,
    `tls keyfile = ${folder}/tls/key.pem`,
    'server services = ldap,cldap,kdc',
    `log file = ${dc}/log.%m`,
    `pid directory = ${dc}`,
    `ncalrpc dir = ${dc}/ncalrpc`,
    `ntp signd socket directory = ${dc}/ntp_signd`,
    'dns update command = /bin/true',
    'load printers = no',
  ];
  writeFileSync(
    conf,
    readFileSync(conf, 'utf8').replace('[global]', `[global]\n${own.map((line) => `\t${line}`).join('\n')}`),
  );
  run('/usr/bin/python3', [
    join(import.meta.dirname, 'ad-directory.py'),
    conf,
    join(dc, 'expected.json'),
    PASSWORD,
  ]);
  writeFileSync(join(dc, 'made-for'), JSON.stringify({ folder, host }));
}

/** Named after what made it, so that a change of the content or of Samba makes a new one. */
function snapshotFile(cache: string): string {
  const hash = createHash('sha256');
  for (const source of ['ad.ts', 'ad-directory.py'])
    hash.update(readFileSync(join(import.meta.dirname, source)));
  hash.update(execFileSync('samba', ['-V'], { env: SYSTEM_PATH }));
  return join(cache, `ad-${hash.digest('hex').slice(0, 16)}.tar.gz`);
}

/** Puts the domain as it was made into FOLDER/dc: from a snapshot, or newly made. */
function restore(folder: string, host: string, cache: string): void {
  rmSync(join(folder, 'dc'), { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  const oldest = Date.now() - SNAPSHOT_LIFE * 86_400_000;
  for (const old of globSync(join(cache, 'ad-*.tar.gz'))) if (statSync(old).mtimeMs < oldest) rmSync(old);
  const snapshot = snapshotFile(cache);
  if (!existsSync(snapshot)) {
    provision(folder, host);
    const making = `${snapshot}.${process.pid}`;
    execFileSync('tar', ['-C', folder, '--xattrs', '--xattrs-include=*', '-czf', making, 'dc']);
    renameSync(making, snapshot);
    return;
  }
  execFileSync('tar', ['-C', folder, '--xattrs', '--xattrs-include=*', '-xzf', snapshot]);
  const made = JSON.parse(readFileSync(join(folder, 'dc', 'made-for'), 'utf8')) as {
    folder: string;
    host: string;
  };
  const conf = join(folder, 'dc', 'etc', 'smb.conf');
  writeFileSync(conf, readFileSync(conf, 'utf8').replaceAll(made.folder, folder).replaceAll(made.host, host));
}

function listens(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    const finish = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => finish(true));
    socket.once('error', () => finish(false));
  });
}

/** The controller has brought its directory up to date with itself: what clients wait for as well. */
function isSynchronized(host: string): boolean {
  try {
    const args = [
      '-x',
      '-o',
      'nettimeout=2',
      '-H',
      `ldap://${host}`,
      '-s',
      'base',
      '-b',
      '',
      'isSynchronized',
    ];
    return execFileSync('ldapsearch', args, {
      env: SYSTEM_PATH,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).includes('isSynchronized: TRUE');
  } catch {
    return false;
  }
}

const AD: PeerCommand = {
  name: 'ad',
  options: { host: '127.88.0.1', cache: '' },
  async start(folder, { host = '', cache }, keep) {
    const running = facts(folder);
    if (running !== undefined) {
      if (running.HOST !== host) throw new Error(`it runs on ${running.HOST} already; stop it first`);
      return running;
    }
    if (!host.startsWith('127.')) throw new Error('--host must be a loopback address');
    if (process.getuid?.() !== 0) throw new Error('Samba needs root (ports below 1024)');
    if (findCommand('samba', ['/usr/sbin']) === undefined || findCommand('ldapsearch') === undefined) {
      throw new Error('Samba or ldapsearch is missing; the packages are in tools/debian-packages.txt');
    }
    if (await listens(host, 389)) throw new Error(`something else listens on ${host}:389`);
    mkdirSync(folder, { recursive: true });
    const hostFile = join(folder, 'host');
    const sameHost = existsSync(hostFile) && readFileSync(hostFile, 'utf8').trim() === host;
    if (!keep || !sameHost || !existsSync(join(folder, 'dc', 'expected.json'))) {
      restore(folder, host, cache || join(folder, 'cache'));
    }
    certificatesFor(join(folder, 'tls'), `${NAME}.${REALM}`, host);
    writeFileSync(hostFile, `${host}\n`);
    const log = join(folder, 'samba.log');
    const conf = join(folder, 'dc', 'etc', 'smb.conf');
    // one process in the foreground: one pid to end
    const args = ['-s', conf, '-F', '--no-process-group', '-M', 'single', '--debug-stdout', '-d', '1'];
    pidFile(folder).write(await startInBackground('samba', args, { env: SYSTEM_PATH, log }));
    await untilReady({
      what: 'Samba',
      milliseconds: 120_000,
      ready: async () => isSynchronized(host),
      alive: () => pidFile(folder).running() !== undefined,
      explain: () => tail(log),
    });
    return facts(folder) ?? {};
  },
  status: facts,
  stop: (folder) => pidFile(folder).end(10_000),
  async wipe(folder) {
    await pidFile(folder).end(1_000);
    rmSync(folder, { recursive: true, force: true });
  },
};

if (import.meta.main) await runPeerCommand(AD);
