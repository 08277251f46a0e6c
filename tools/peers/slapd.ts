// OpenLDAP with a small directory like AD's: node tools/peers/slapd.ts start [--port 3890] [--computers 3000]. It is here
// for what Samba does not do: like a Windows controller it refuses unpaged searches beyond 1000 entries.
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  createWriteStream,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { installedPath } from '../packages/unpack.ts';
import { findCommand, startInBackground, tail, untilReady } from './background.ts';
import { certificatesFor } from './certificates.ts';
import { type PeerCommand, runPeerCommand } from './peer-command.ts';
import { PidFile } from './pid-file.ts';
import { portIsFree, somebodyListens } from './ports.ts';
import { BASE_DN, BIND_DN, directory, SERVICE_DN } from './slapd-directory.ts';

const NAME = 'ldap.corp.relaypoint.test';
const PASSWORD = 'Imp0rt-Passw0rd';
const ADMIN_DN = `CN=admin,${BASE_DN}`;
const ADMIN_PASSWORD = 'Adm1n-Passw0rd';

interface Settings {
  readonly host: string;
  readonly port: number;
  readonly ldapsPort: number;
  readonly computers: number;
  readonly sizeLimit: number;
}

const pidFile = (folder: string): PidFile => new PidFile(join(folder, 'slapd.pid'));
const settingsOf = (folder: string): Settings =>
  JSON.parse(readFileSync(join(folder, 'settings.json'), 'utf8')) as Settings;

function facts(folder: string): Record<string, string | number> | undefined {
  const pid = pidFile(folder).running();
  if (pid === undefined) return undefined;
  const { host, port, ldapsPort, computers, sizeLimit } = settingsOf(folder);
  return {
    HOST: host,
    PORT: port,
    LDAPS_PORT: ldapsPort,
    URL: `ldap://${host}:${port}`,
    LDAPS_URL: `ldaps://${host}:${ldapsPort}`,
    BASE_DN,
    BIND_DN,
    PASSWORD,
    ADMIN_DN,
    ADMIN_PASSWORD,
    CA_FILE: join(folder, 'tls', 'ca.pem'),
    TLS_NAME: NAME,
    COMPUTERS: computers,
    SIZE_LIMIT: sizeLimit,
    PID: pid,
  };
}

function configuration(folder: string, { sizeLimit }: Settings): string {
  return `include ${installedPath('/etc/ldap/schema/core.schema')}
include ${installedPath('/etc/ldap/schema/cosine.schema')}
include ${installedPath('/etc/ldap/schema/inetorgperson.schema')}
include ${join(import.meta.dirname, 'slapd-schema.conf')}
modulepath ${installedPath('/usr/lib/ldap')}
moduleload back_mdb
pidfile ${folder}/run.pid
argsfile ${folder}/run.args
rootDSE ${folder}/root.ldif
TLSCACertificateFile ${folder}/tls/ca.pem
TLSCertificateFile ${folder}/tls/cert.pem
TLSCertificateKeyFile ${folder}/tls/key.pem
# like MaxPageSize of AD: sizeLimitExceeded for more unpaged entries, any number of pages of at most that size
sizelimit size.soft=${sizeLimit} size.hard=${sizeLimit} size.pr=${sizeLimit} size.prtotal=unlimited
database mdb
suffix "${BASE_DN}"
directory ${folder}/db
maxsize 4294967296
dbnosync
rootdn "${ADMIN_DN}"
rootpw ${ADMIN_PASSWORD}
index objectClass,objectCategory,sAMAccountName,objectGUID,userAccountControl,memberOf eq
index uSNChanged,lastLogonTimestamp,dNSHostName eq
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="${BIND_DN}" read by anonymous auth by * none
`;
}

async function fill(folder: string, settings: Settings): Promise<void> {
  rmSync(join(folder, 'db'), { recursive: true, force: true });
  mkdirSync(join(folder, 'db'));
  const ldif = join(folder, 'directory.ldif');
  await pipeline(Readable.from(directory(settings.computers, PASSWORD, Date.now())), createWriteStream(ldif));
  try {
    execFileSync(join(folder, 'bin', 'slapadd'), ['-q', '-f', join(folder, 'slapd.conf'), '-l', ldif], {
      stdio: 'pipe',
    });
  } catch (error) {
    throw new Error(`slapadd failed: ${String((error as { stderr?: Buffer }).stderr).slice(-500)}`, {
      cause: error,
    });
  }
}

const SLAPD: PeerCommand = {
  name: 'slapd',
  options: { host: '127.0.0.1', port: '3890', 'ldaps-port': '6360', computers: '3000', 'size-limit': '1000' },
  async start(folder, options, keep) {
    const settings: Settings = {
      host: options.host ?? '',
      port: Number(options.port),
      ldapsPort: Number(options['ldaps-port']),
      computers: Number(options.computers),
      sizeLimit: Number(options['size-limit']),
    };
    const running = facts(folder);
    if (running !== undefined) {
      if (JSON.stringify(settingsOf(folder)) !== JSON.stringify(settings))
        throw new Error('it runs with other settings; stop it first');
      return running;
    }
    if (!settings.host.startsWith('127.')) throw new Error('--host must be a loopback address');
    const program = findCommand('slapd', ['/usr/sbin', '/usr/lib/openldap']);
    if (program === undefined)
      throw new Error('slapd is missing; the packages are in tools/debian-packages.txt');
    for (const port of [settings.port, settings.ldapsPort]) {
      if (!(await portIsFree(port, settings.host)))
        throw new Error(`something else listens on ${settings.host}:${port}`);
    }
    mkdirSync(join(folder, 'bin'), { recursive: true });
    // a copy: distributions confine the one in /usr/sbin to its own folders by AppArmor
    for (const name of ['slapd', 'slapadd']) copyFileSync(realpathSync(program), join(folder, 'bin', name));
    certificatesFor(join(folder, 'tls'), NAME, settings.host);
    writeFileSync(join(folder, 'settings.json'), JSON.stringify(settings));
    writeFileSync(join(folder, 'slapd.conf'), configuration(folder, settings), { mode: 0o600 });
    writeFileSync(
      join(folder, 'root.ldif'),
      `dn:\ndefaultNamingContext: ${BASE_DN}\ndNSHostName: ${NAME}\ndsServiceName: ${SERVICE_DN}\nhighestCommittedUSN: ${10_000 + settings.computers}\n`,
    );
    if (!keep || !existsSync(join(folder, 'db', 'data.mdb'))) await fill(folder, settings);
    const log = join(folder, 'slapd.log');
    const urls = `ldap://${settings.host}:${settings.port} ldaps://${settings.host}:${settings.ldapsPort}`;
    const args = ['-d', '0', '-f', join(folder, 'slapd.conf'), '-h', urls];
    pidFile(folder).write(await startInBackground(join(folder, 'bin', 'slapd'), args, { log }));
    await untilReady({
      what: 'slapd',
      milliseconds: 60_000,
      ready: async () =>
        (await somebodyListens(settings.port, settings.host)) &&
        (await somebodyListens(settings.ldapsPort, settings.host)),
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

if (import.meta.main) await runPeerCommand(SLAPD);
