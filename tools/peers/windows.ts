// Windows computers in an Active Directory, for tests: node tools/peers/windows.ts start [--computers 1]
//
// A computer is Samba on its network and Wine inside: ADMIN$ and C$ are the Wine prefix's, and the named pipe of the service
// manager is Wine's own. The domain is not that of ad.ts, which serves a directory alone on this machine's loopback: members
// of a domain want RPC, SMB and DNS from it as well, on ports that a machine may use itself. So all of it has a network of
// its own, which this machine reaches by an interface.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { findCommand, startInBackground, tail, untilReady } from './background.ts';
import { certificatesFor } from './certificates.ts';
import { type PeerCommand, runPeerCommand } from './peer-command.ts';
import { PidFile } from './pid-file.ts';
import { forwarderDll } from './windows/forwarder-dll.ts';

const PIECES = join(import.meta.dirname, 'windows');
const REALM = 'corp.relaypoint.test';
/** As many have joined the domain that is kept; so many can be started. */
const MOST_COMPUTERS = 4;
/** Days: what is kept of the domain is made anew after that. */
const SNAPSHOT_LIFE = 14;
const START_MS = 180_000;
/** Making everything for the first time on a busy machine. */
const PREPARE_MS = 600_000;
const SBIN = ['/usr/sbin', '/sbin'];
const WINE = '/usr/lib/wine/wine64';
/** What the snapshot is made by. */
const SOURCES = [
  'prepare.sh',
  'common.sh',
  'computer.sh',
  'domain.py',
  'forwarder-dll.ts',
  'pipebridge/main.go',
  'pipebridge/go.mod',
];
/** What is looked for, and the Debian package that has it. */
const PROGRAMS: Readonly<Record<string, string>> = {
  samba: 'samba-ad-dc',
  'samba-tool': 'samba',
  smbd: 'samba',
  winbindd: 'winbind',
  smbclient: 'smbclient',
  net: 'samba-common-bin',
  ldapsearch: 'ldap-utils',
  ip: 'iproute2',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
  faketime: 'faketime',
};

const guardFile = (folder: string): PidFile => new PidFile(join(folder, 'guard.pid'));
const read = (...path: readonly string[]): string => readFileSync(join(...path), 'utf8').trim();

function facts(folder: string): Record<string, string | number> | undefined {
  const pid = guardFile(folder).running();
  if (pid === undefined) return undefined;
  return {
    COMPUTERS: read(folder, 'computers'),
    NET: read(folder, 'net'),
    FIRST: read(folder, 'first'),
    REALM,
    DOMAIN: 'CORP',
    PASSWORD: 'Inst4ll-Passw0rd',
    ADMIN_PASSWORD: 'Adm1n-Passw0rd',
    LOCAL_PASSWORD: 'L0cal-Passw0rd',
    CA_FILE: join(folder, 'tls', 'ca.pem'),
    HOSTS_FILE: join(folder, 'hosts.outside'),
    KRB5_CONFIG: join(folder, 'krb5.outside.conf'),
    INNER_PID: read(folder, 'inner.pid'),
    STATE: folder,
    PID: pid,
  };
}

/** Why this machine cannot have Windows computers, for people. */
export function lacking(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'they need Linux on x64';
  if (process.getuid?.() !== 0) return 'they need root (namespaces, a network, ports below 1024)';
  const packages = Object.entries(PROGRAMS)
    .filter(([program]) => findCommand(program, SBIN) === undefined)
    .map(([, name]) => name);
  if (!existsSync(WINE)) packages.push('wine64');
  return packages.length === 0
    ? undefined
    : `packages are missing, ${[...new Set(packages)].join(' ')}: see tools/debian-packages.txt`;
}

/** Named after what it is made from, so that a change of that makes a new one. */
function snapshotName(): string {
  const hash = createHash('sha256');
  for (const source of SOURCES) hash.update(readFileSync(join(PIECES, source)));
  hash.update(execFileSync(WINE, ['--version']));
  hash.update(execFileSync(findCommand('samba', SBIN) ?? 'samba', ['-V']));
  return `windows-${hash.digest('hex').slice(0, 16)}`;
}

function buildBridge(exe: string): void {
  const go = findCommand('go', ['/usr/local/go/bin', '/usr/lib/go/bin']);
  if (go === undefined) {
    throw new Error('Go is missing (1.19 or later): tools/peers/windows/pipebridge is built by it');
  }
  const target = { GOOS: 'windows', GOARCH: 'amd64', CGO_ENABLED: '0', GOWORK: 'off', GOTOOLCHAIN: 'local' };
  execFileSync(go, ['build', '-trimpath', '-ldflags=-s -w', '-o', exe, '.'], {
    cwd: join(PIECES, 'pipebridge'),
    env: { ...process.env, ...target },
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
}

/** Makes what every start begins with; the folder of it. One at a time, and who comes meanwhile takes that one's. */
async function prepare(cache: string): Promise<string> {
  mkdirSync(cache, { recursive: true });
  const lock = new PidFile(join(cache, 'windows.pid'));
  const until = Date.now() + PREPARE_MS;
  while (lock.claim() !== undefined) {
    if (Date.now() > until) throw new Error(`another process has been at ${cache} for too long`);
    await lock.ended(PREPARE_MS);
  }
  try {
    const made = join(cache, snapshotName());
    for (const old of globSync(join(cache, 'windows-*/'))) {
      const days = (Date.now() - statSync(old).mtimeMs) / 86_400_000;
      // another revision's may be in use now; each takes 700 MB
      const life = resolve(old) === resolve(made) ? SNAPSHOT_LIFE : 1;
      if (old.includes('.new') || days > life) rmSync(old, { recursive: true });
    }
    if (existsSync(made)) return made;
    const making = `${made}.new`;
    const scratch = join(making, 'scratch');
    mkdirSync(scratch, { recursive: true });
    buildBridge(join(making, 'pipebridge.exe'));
    writeFileSync(
      join(making, 'bcryptprimitives.dll'),
      forwarderDll('bcryptprimitives.dll', { ProcessPrng: 'advapi32.SystemFunction036' }),
    );
    const log = join(making, 'prepare.log');
    const script = ['bash', join(PIECES, 'prepare.sh'), scratch, making, String(MOST_COMPUTERS)];
    const namespaces = ['--net', '--mount', '--uts', '--ipc', '--pid', '--fork', '--kill-child=KILL'];
    certificatesFor(join(scratch, 'tls'), `dc1.${REALM}`, '10.77.0.2'); // for the start of the controller
    const preparing = new PidFile(join(making, 'prepare.pid'));
    const dieTogether = ['--pdeathsig', 'KILL', 'unshare', ...namespaces];
    preparing.write(await startInBackground('setpriv', [...dieTogether, ...script], { log }));
    try {
      if (!(await preparing.ended(PREPARE_MS))) throw new Error('it took too long');
      if (!existsSync(join(making, 'domain.tar'))) throw new Error(tail(log));
    } catch (error) {
      throw new Error(`Windows computers could not be made: ${(error as Error).message}`, { cause: error });
    } finally {
      await preparing.end(0);
    }
    rmSync(scratch, { recursive: true });
    renameSync(making, made);
    return made;
  } finally {
    lock.forget();
  }
}

function up(folder: string, computers: number): boolean {
  return Array.from({ length: computers }, (_, index) => join(folder, `${index + 1}`, 'up')).every(
    existsSync,
  );
}

const WINDOWS: PeerCommand = {
  name: 'windows',
  options: { computers: '1', cache: join(tmpdir(), 'relaypoint-peers', 'windows-cache'), owner: '0' },
  async start(folder, { computers = '', cache = '', owner = '' }, keep) {
    const running = facts(folder);
    if (running !== undefined) return running;
    if (keep) throw new Error('--keep: these computers forget everything when they are stopped');
    const count = Number(computers);
    if (!(count >= 1 && count <= MOST_COMPUTERS)) throw new Error(`--computers is 1 to ${MOST_COMPUTERS}`);
    const why = lacking();
    if (why !== undefined) throw new Error(why);
    const snapshot = await prepare(cache);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    execFileSync('tar', [
      '-C',
      folder,
      '--xattrs',
      '--xattrs-include=*',
      '-xf',
      join(snapshot, 'domain.tar'),
    ]);
    copyFileSync(join(snapshot, 'pipebridge.exe'), join(folder, 'pipebridge.exe'));
    writeFileSync(join(folder, 'computers'), computers);
    writeFileSync(join(folder, 'node'), process.execPath);
    certificatesFor(join(folder, 'tls'), `dc1.${REALM}`, '10.77.0.2');
    const log = join(folder, 'guard.log');
    const args = [join(PIECES, 'guard.sh'), folder, snapshot, computers, owner];
    guardFile(folder).write(await startInBackground('bash', args, { log }));
    try {
      await untilReady({
        what: 'the network of the Windows computers',
        milliseconds: START_MS,
        ready: async () => existsSync(join(folder, 'net')) && up(folder, count),
        alive: () => guardFile(folder).running() !== undefined,
        explain: () => [log, ...globSync(join(folder, '*', 'boot.log'))].map((file) => tail(file)).join('\n'),
      });
    } catch (error) {
      await guardFile(folder).end(10_000);
      throw error;
    }
    return facts(folder) ?? {};
  },
  status: facts,
  stop: (folder) => guardFile(folder).end(10_000),
  async wipe(folder) {
    await guardFile(folder).end(10_000);
    rmSync(folder, { recursive: true, force: true });
  },
};

if (import.meta.main) await runPeerCommand(WINDOWS);
