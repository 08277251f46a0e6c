/** Windows computers of its own, with the packages that `npm test` gets: @needs peers */
import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeAsRoot } from '../testing/as-root.ts';
import { eventually } from '../testing/eventually.ts';
import { TestWindows, type WindowsAccount, type WindowsFault } from '../testing/windows.ts';

type Protocol = 'ntlm' | 'kerberos';
/** On a busy machine. */
const SOON = { timeoutMs: 60_000 };
const PROTOCOLS: readonly Protocol[] = ['ntlm', 'kerberos'];

interface Said {
  readonly code: number;
  readonly text: string;
}

describeAsRoot('a Windows computer', () => {
  let windows: TestWindows;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'windows-client-'));
    windows = await TestWindows.start();
    writeFileSync(
      join(folder, 'smb.conf'),
      [
        '[global]',
        `workgroup = ${windows.domain}`,
        `realm = ${windows.realm.toUpperCase()}`,
        'client min protocol = SMB3_00',
        ...['client signing', 'client ipc signing', 'client smb encrypt'].map((name) => `${name} = required`),
        ...['private', 'lock', 'state', 'cache'].map((name) => `${name} directory = ${folder}`),
      ].join('\n'),
    );
  }, 300_000);

  afterAll(async () => {
    await windows?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** One of Samba's programs, as a DP would run it. */
  function commandLine(program: string, login: Login, args: readonly string[]): [string, string[]] {
    const { account = 'deploy', password = windows.password, protocol = 'ntlm' } = login;
    const domain = login.domain ?? windows.realm.toUpperCase();
    return windows.withNames(program, [
      ...args,
      `--configfile=${join(folder, 'smb.conf')}`,
      `--user=${domain}\\${account}%${password}`,
      `--use-kerberos=${protocol === 'kerberos' ? 'required' : 'off'}`,
    ]);
  }
  function samba(program: string, login: Login, ...args: readonly string[]): Promise<Said> {
    const [command, all] = commandLine(program, login, args);
    return new Promise((resolve) => {
      execFile(command, all, { encoding: 'utf8', timeout: 120_000 }, (error, stdout, stderr) =>
        resolve({ code: Number(error?.code ?? 0), text: `${stdout}${stderr}` }),
      );
    });
  }
  interface Login {
    readonly account?: WindowsAccount | 'nobody-at-all' | 'Administrator';
    /** In place of the domain. */
    readonly domain?: string;
    readonly password?: string;
    readonly protocol?: Protocol;
    /** In place of the computer's name. */
    readonly host?: string;
  }
  const share = (login: Login, commands: string, name = 'ADMIN$'): Promise<Said> =>
    samba('smbclient', login, `//${login.host ?? windows.computer(1).fqdn}/${name}`, '-c', commands);
  const service = (login: Login, ...words: readonly string[]): Promise<Said> =>
    samba('net', login, 'rpc', 'service', ...words, '-S', windows.computer(1).fqdn);

  async function withFault(kind: WindowsFault, look: () => Promise<void>): Promise<void> {
    await windows.fault(1, kind);
    try {
      await look();
    } finally {
      await windows.fault(1, 'none');
    }
    await expect(share({}, 'ls system.ini')).resolves.toMatchObject({ code: 0 });
  }

  describe.each(PROTOCOLS)('by %s', (protocol) => {
    it('takes files on ADMIN$ and C$, signed and encrypted, and gives them back', async () => {
      const { adminShare } = windows.computer(1);
      const [sent, got, again] = ['sent', 'got', 'again'].map((name) => join(folder, name));
      const bytes = Buffer.alloc(300_000, protocol);
      writeFileSync(`${sent}`, bytes);
      const put = `mkdir by-${protocol}; put ${sent} by-${protocol}\\file; get by-${protocol}\\file ${got}`;
      expect(await share({ protocol }, put)).toMatchObject({ code: 0 });
      const get = `get windows\\by-${protocol}\\file ${again}`;
      expect(await share({ protocol }, get, 'C$')).toMatchObject({ code: 0 });
      for (const file of [`${got}`, join(adminShare, `by-${protocol}/file`), `${again}`]) {
        expect(readFileSync(file).equals(bytes)).toBe(true);
      }

      const [command, args] = commandLine('smbclient', { protocol }, [
        `//${windows.computer(1).fqdn}/ADMIN$`,
      ]);
      const connected = execFile(command, args);
      await eventually(async () => {
        const sessions = await windows.shell(1, 'smbstatus -s /run/windows/1/smb.conf --processes');
        expect(sessions).toMatch(/deploy .* SMB3_11 +AES-128-GCM +AES-128-GMAC/);
      }, SOON);
      connected.stdin?.end();
    });

    it('creates, starts, shows, stops and deletes a Windows service', async () => {
      const name = `Relaypoint-${protocol}`;
      const path = '%SystemRoot%\\system32\\spoolsv.exe';
      expect((await service({ protocol }, 'create', name, `Shown ${name}`, path)).text).toContain(
        'Successfully created',
      );
      expect((await service({ protocol }, 'list')).text).toMatch(new RegExp(`${name} +"Shown ${name}"`));
      expect((await service({ protocol }, 'status', name)).text).toContain(`${name} service is stopped.`);
      expect((await service({ protocol }, 'start', name)).text).toContain('Successfully started');
      expect((await service({ protocol }, 'status', name)).text).toContain(`${name} service is running.`);
      expect((await service({ protocol }, 'stop', name)).text).toContain(`${name} service is stopped.`);
      expect((await service({ protocol }, 'delete', name)).text).toContain('Successfully deleted');
      expect((await service({ protocol }, 'list')).text).not.toContain(name);
      expect((await service({ protocol }, 'delete', name)).text).toContain('WERR_SERVICE_DOES_NOT_EXIST');
    });
  });

  it('protects a folder for administrators and the system', async () => {
    await share({}, 'mkdir protected');
    const access = ['544', '18'].map(
      (id) => `ACL:${id === '18' ? 'S-1-5-18' : `S-1-5-32-${id}`}:ALLOWED/OI|CI/FULL`,
    );
    const acl = `REVISION:1,OWNER:BUILTIN\\Administrators,${access.join(',')}`;
    const { fqdn } = windows.computer(1);
    expect(await samba('smbcacls', {}, `//${fqdn}/ADMIN$`, 'protected', '-S', acl)).toMatchObject({
      code: 0,
    });
    const shown = (await samba('smbcacls', {}, `//${fqdn}/ADMIN$`, 'protected')).text;
    expect(shown).toContain('CONTROL:SR|DP');
    expect(shown).toContain('OWNER:BUILTIN\\Administrators');
    expect(shown.match(/^ACL:.*$/gm)).toHaveLength(2);
  });

  it.each<[string, Login, ntlm: string, kerberos: string]>([
    ['a wrong password', { password: 'wrong' }, 'LOGON_FAILURE', 'LOGON_FAILURE'],
    ['an unknown account', { account: 'nobody-at-all' }, 'LOGON_FAILURE', 'INVALID_ACCOUNT_NAME'],
    ['a disabled account', { account: 'disabled' }, 'ACCOUNT_DISABLED', 'ACCOUNT_LOCKED_OUT'],
    ['an expired account', { account: 'expired' }, 'ACCOUNT_EXPIRED', 'ACCOUNT_LOCKED_OUT'],
    ['a password to be changed', { account: 'mustchange' }, 'PASSWORD_MUST_CHANGE', 'PASSWORD_EXPIRED'],
    ['an account that is no administrator', { account: 'plain' }, 'ACCESS_DENIED', 'ACCESS_DENIED'],
  ])('refuses %s', async (_what, login, ntlm, kerberos) => {
    const said = await Promise.all(PROTOCOLS.map((protocol) => share({ ...login, protocol }, 'ls')));
    expect(said.map(({ text }) => /NT_STATUS_(\w+)/.exec(text)?.[1])).toEqual([ntlm, kerberos]);
    await windows.unlock('deploy');
  });

  it('locks an account after five refused passwords', async () => {
    const account = 'lockme';
    for (let tries = 0; tries < 5; tries += 1) {
      expect((await share({ account, password: 'wrong' }, 'ls')).text).toContain('NT_STATUS_LOGON_FAILURE');
    }
    for (const protocol of PROTOCOLS) {
      expect((await share({ account, protocol }, 'ls')).text).toContain('NT_STATUS_ACCOUNT_LOCKED_OUT');
    }
    await windows.unlock(account);
    expect(await share({ account }, 'ls system.ini')).toMatchObject({ code: 0 });
  });

  it('cannot be reached by Kerberos at its address', async () => {
    const { address: host } = windows.computer(1);
    expect((await share({ host, protocol: 'kerberos' }, 'ls')).text).toContain('NT_STATUS_ACCESS_DENIED');
    expect(await share({ host }, 'ls system.ini')).toMatchObject({ code: 0 });
  });

  it('has an administrator of its own, who needs no domain', async () => {
    const { username, password } = windows.localAdministrator;
    const login = { account: 'Administrator', domain: windows.computer(1).name, password } as const;
    expect(username).toBe(login.account);
    expect(await share(login, 'ls system.ini')).toMatchObject({ code: 0 });
    expect((await service(login, 'list')).text).toContain('Spooler');
    expect((await share({ ...login, password: 'wrong' }, 'ls')).text).toContain('NT_STATUS_LOGON_FAILURE');
  });

  it('lets only administrators at the service manager', async () => {
    expect((await service({ account: 'plain' }, 'list')).text).toContain('WERR_ACCESS_DENIED');
  });

  it.each<[WindowsFault, string, (login: Login) => Promise<Said>]>([
    ['noshare', 'NT_STATUS_BAD_NETWORK_NAME', (login) => share(login, 'ls')],
    ['nosvcctl', 'NT_STATUS_OBJECT_NAME_NOT_FOUND', (login) => service(login, 'list')],
    ['noscm', 'WERR_ACCESS_DENIED', (login) => service(login, 'list')],
  ])('has the fault %s: %s', async (kind, status, look) => {
    await withFault(kind, async () => {
      for (const protocol of PROTOCOLS) expect((await look({ protocol })).text).toContain(status);
    });
  });

  it('has the fault ntlm-off', async () => {
    await withFault('ntlm-off', async () => {
      expect((await share({}, 'ls system.ini')).text).toContain('NT_STATUS_NTLM_BLOCKED');
      expect(await share({ protocol: 'kerberos' }, 'ls system.ini')).toMatchObject({ code: 0 });
    });
  });

  it('has the fault diskfull, which the free space shows as well', async () => {
    const large = join(folder, 'large');
    writeFileSync(large, Buffer.alloc(1 << 20, 1));
    await withFault('diskfull', async () => {
      const { bavail, bsize } = statfsSync(windows.computer(1).adminShare);
      expect(bavail * bsize).toBeLessThan(128 << 10);
      expect((await share({}, `put ${large} large`)).text).toContain('NT_STATUS_DISK_FULL');
    });
    expect(await share({}, `put ${large} large; rm large`)).toMatchObject({ code: 0 });
  });

  it('has the fault badexe', async () => {
    const name = 'RelaypointPush-order-1';
    const exe = join(windows.computer(1).adminShare, 'system32', 'spoolsv.exe');
    const put = `mkdir Relaypoint; mkdir Relaypoint\\${name}; put ${exe} Relaypoint\\${name}\\setup.exe`;
    const path = `%SystemRoot%\\Relaypoint\\${name}\\setup.exe push`;
    await share({}, put);
    await service({}, 'create', name, name, path);
    await withFault('badexe', async () => {
      expect((await service({}, 'start', name)).text).toContain('WERR_BAD_EXE_FORMAT');
    });
    await share({}, put);
    expect((await service({}, 'start', name)).text).toContain('Successfully started');
    await service({}, 'stop', name);
    await service({}, 'delete', name);
  });

  it('asks nobody but the controller about passwords, and misses it', async () => {
    await windows.controllerOff();
    try {
      for (const protocol of PROTOCOLS) {
        expect((await share({ protocol }, 'ls')).text).toContain('NT_STATUS_NO_LOGON_SERVERS');
      }
    } finally {
      await windows.controllerOn();
    }
    await eventually(async () => expect(await share({}, 'ls system.ini')).toMatchObject({ code: 0 }), {
      timeoutMs: 60_000,
    });
  });

  it('starts again with its files, its services and another boot time', async () => {
    const name = 'StartsByItself';
    const spooler = 'C:\\windows\\system32\\spoolsv.exe';
    await windows.exec(1, 'sc.exe', ['create', name, 'binPath=', spooler, 'start=', 'auto']);
    expect((await service({}, 'status', name)).text).toContain('is stopped');
    const before = await windows.exec(1, 'wmic.exe', ['os', 'get', 'LastBootUpTime']);
    expect(before).toMatch(/^LastBootUpTime\s+\d{14}\.\d{6}/);
    await windows.restart(1);
    await eventually(async () => expect((await service({}, 'status', name)).text).toContain('is running'), {
      timeoutMs: 60_000,
    });
    expect(await windows.exec(1, 'wmic.exe', ['os', 'get', 'LastBootUpTime'])).not.toBe(before);
    expect((await windows.exec(1, 'hostname.exe')).trim()).toBe('PC-1');
    expect(await windows.exec(1, 'cmd.exe', ['/c', 'ver'])).toContain('Microsoft Windows 10.');
  });

  it('restarts when a program has Windows do so', async () => {
    const runs = windows.runs(1);
    await windows.exec(1, '/run/windows/pipebridge.exe', ['restart']);
    await eventually(() => expect(windows.runs(1)).toBe(runs + 1), SOON);
    await eventually(() => expect(windows.isUp(1)).toBe(true), SOON);
    expect(await share({}, 'ls system.ini')).toMatchObject({ code: 0 });
  });

  it('is gone without power, and comes back', async () => {
    await windows.off(1);
    expect((await share({}, 'ls')).text).toMatch(/NT_STATUS_(HOST_UNREACHABLE|IO_TIMEOUT)/);
    await windows.on(1);
    expect(await share({}, 'ls system.ini')).toMatchObject({ code: 0 });
  });
});

describeAsRoot('Windows computers whose test run was killed', () => {
  it('end, with all that was theirs', async () => {
    const program = `import { TestWindows } from './tools/testing/windows.ts';
      const windows = await TestWindows.start();
      console.log(JSON.stringify({ state: windows.krb5Config, ...windows.computer(1) }));
      setInterval(() => {}, 1000);`;
    const interfaces = (): string[] =>
      readdirSync('/sys/class/net').filter((name) => name.startsWith('rpwin'));
    const others = new Set(interfaces());
    const child = execFile(process.execPath, ['--input-type=module-typescript', '-e', program], () => {});
    const facts = await new Promise<string>((resolve, reject) => {
      child.stdout?.once('data', (text: unknown) => resolve(String(text)));
      child.once('exit', () => reject(new Error('it did not start')));
    });
    const { state, drive } = JSON.parse(facts) as { state: string; drive: string };
    expect(existsSync(state)).toBe(true);
    const mine = interfaces().filter((name) => !others.has(name));
    expect(mine).not.toHaveLength(0);
    child.removeAllListeners('exit');
    child.kill('SIGKILL');
    await eventually(() => {
      expect(existsSync(state)).toBe(false);
      expect(existsSync(drive)).toBe(false);
      expect(interfaces()).not.toEqual(expect.arrayContaining(mine));
    }, SOON);
  });
});
