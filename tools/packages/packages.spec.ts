import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { X509Certificate } from 'node:crypto';
import { AptProgress, describePlan, reasonOf, simulatedPackages } from './apt.ts';
import { packagesFor, packagesNamed, parsePackages } from './list.ts';
import { relocate } from './relocate.ts';
import { run } from './run.ts';
import { trustStore } from './trust-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'packages-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the list of Debian packages', () => {
  it('says when each is needed and what for', () => {
    expect(parsePackages('# comment\n\ncurl   start  the management client\n')).toEqual([
      { name: 'curl', use: 'start', purpose: 'the management client' },
    ]);
    expect(packagesFor('start').map(({ name }) => name)).toContain('rabbitmq-server');
    expect(packagesFor('start').map(({ name }) => name)).not.toContain('samba');
  });

  it.each(['curl', 'curl always the client', 'curl start'])('is refused with the line "%s"', (line) => {
    expect(() => parsePackages(line)).toThrow(line);
  });

  it('names every package that a part asks for', () => {
    expect(packagesNamed('maven')[0]?.purpose).toContain('MongoDB');
    expect(() => packagesNamed('emacs')).toThrow('emacs is not in tools/debian-packages.txt');
  });
});

describe('what apt says', () => {
  const result = (stderr: string, stdout = ''): { code: number; stdout: string; stderr: string } => ({
    code: 100,
    stdout,
    stderr,
  });

  it('gives the packages of a plan, with versions that have an epoch, and those that are replaced', () => {
    const said =
      'Inst libc6 [2.36-9] (2.36-9+deb12u10 Debian:12.11/stable [amd64])\n' +
      'Inst rabbitmq-server (1:3.10.8-1.1 Debian:12.11/stable [all])\nConf libc6 (2.36 x [amd64])\n';
    expect(simulatedPackages(said)).toEqual([
      { name: 'libc6', version: '2.36-9+deb12u10', isUpgrade: true },
      { name: 'rabbitmq-server', version: '1:3.10.8-1.1', isUpgrade: false },
    ]);
  });

  it.each([
    ['W: old list\nE: Unable to fetch some archives', 'Unable to fetch some archives'],
    [
      "E: You don't have enough free space in /var/cache/apt/archives/.",
      "the disk is full (You don't have enough free space in /var/cache/apt/archives/.)",
    ],
    ['dpkg-deb: error: paste subprocess failed: No space left on device', 'the disk is full'],
    ['spawn apt-get ENOENT', 'spawn apt-get ENOENT'],
    ['', 'it said nothing'],
  ])('becomes one reason: %s', (stderr, reason) => {
    expect(reasonOf(result(stderr))).toContain(reason);
  });

  it('becomes how far it is', () => {
    const progress = new AptProgress();
    expect(progress.state()).toBe('begins');
    progress.take('dlstatus:3:41.7:Retrieving file 3 of 10');
    expect(progress.state()).toBe('fetched 42 %');
    progress.take('pmstatus:curl:80.2:Configuring curl (amd64)');
    expect(progress.state()).toBe('installed 80 %');
  });

  it('becomes a sentence on what is about to be fetched, and why', () => {
    const wanted = packagesNamed('maven', 'default-jdk-headless', 'curl');
    const packages = [{ name: 'maven', version: '3.8', isUpgrade: false }];
    expect(describePlan(wanted, { packages, bytes: 135_400_000, unavailable: [] })).toBe(
      'maven, default-jdk-headless (the stand-in for MongoDB, where there is no mongod), curl (the management client): ' +
        'with what they need 1 packages, 135 MB to fetch',
    );
  });
});

describe('a program that is run for a package', () => {
  it('gives its output, its exit code and its status lines', async () => {
    const lines: string[] = [];
    const script = 'echo out; echo err >&2; echo one >&3; echo two >&3; exit 3';
    const result = await run('sh', ['-c', script], { status: (line) => void lines.push(line) });
    expect(result).toEqual({ code: 3, stdout: 'out\n', stderr: 'err\n' });
    expect(lines).toEqual(['one', 'two']);
  });

  it('gets SIGINT when it is to end, with all that it started, and is waited for', async () => {
    const ending = new AbortController();
    // no shell script: a shell that is signalled between its check and its fork begins the sleep and waits for its end
    const script = `
      const { spawn } = require('node:child_process');
      process.on('SIGINT', () => {});
      spawn('sleep', ['600'])
        .once('spawn', () => require('node:fs').writeSync(3, 'begun\\n'))
        .once('exit', (code, by) => { console.log('ended by', by); process.exitCode = 7; });
    `;
    const running = run(process.execPath, ['-e', script], {
      signal: ending.signal,
      status: () => ending.abort(),
    });
    expect(await running).toMatchObject({ code: 7, stdout: 'ended by SIGINT\n' });
  });

  it('is over when it ends, whatever it left running', async () => {
    expect(await run('sh', ['-c', 'sleep 30 & echo done'])).toMatchObject({ code: 0, stdout: 'done\n' });
  });

  it('that does not exist is a result, not an exception', async () => {
    expect(await run('there-is-no-such-program', [])).toMatchObject({ code: 127 });
  });
});

describe('an unpacked root', () => {
  const root = join(folder, 'root');
  const write = (path: string, text: string, mode = 0o644): void => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
    chmodSync(join(root, path), mode);
  };

  it('has links and scripts that name its own files where the system has none of that name', () => {
    write('usr/lib/relaypoint-test/tool', 'x');
    write('etc/relaypoint-test/conf', 'x');
    write('etc/passwd', 'of the package');
    mkdirSync(join(root, 'usr/bin'), { recursive: true });
    symlinkSync('/usr/lib/relaypoint-test/tool', join(root, 'usr/bin/tool'));
    symlinkSync('/etc/passwd', join(root, 'usr/bin/users'));
    const script =
      '#!/bin/sh\nROOT=/usr/lib/relaypoint-test\n. /etc/relaypoint-test/conf\ncat /etc/passwd /usr/lib/nowhere $HOME/usr/lib/relaypoint-test\n';
    write('usr/bin/script', script, 0o755);
    write('usr/share/text', 'no script: /usr/lib/relaypoint-test\n');
    relocate(root);
    expect(readlinkSync(join(root, 'usr/bin/tool'))).toBe('../lib/relaypoint-test/tool');
    expect(readlinkSync(join(root, 'usr/bin/users'))).toBe('/etc/passwd');
    expect(readFileSync(join(root, 'usr/bin/script'), 'utf8')).toBe(
      `#!/bin/sh\nROOT=${root}/usr/lib/relaypoint-test\n. ${root}/etc/relaypoint-test/conf\n` +
        'cat /etc/passwd /usr/lib/nowhere $HOME/usr/lib/relaypoint-test\n',
    );
    expect(readFileSync(join(root, 'usr/share/text'), 'utf8')).toContain(' /usr/lib/relaypoint-test');
  });
});

describe('the trust store for Java', () => {
  it('is one that Java reads, with every certificate', () => {
    const certificates = rootCertificates.slice(0, 7).map((pem) => new X509Certificate(pem).raw);
    const path = join(folder, 'cacerts');
    writeFileSync(path, trustStore(certificates));
    const list = [
      '-list',
      '-keystore',
      path,
      '-storetype',
      'JKS',
      '-storepass',
      'changeit',
      '-J-Duser.language=en',
    ];
    const { status, stdout } = spawnSync('keytool', list, { encoding: 'utf8' });
    expect({ status, entries: stdout.match(/trustedCertEntry/g)?.length }).toEqual({ status: 0, entries: 7 });
  });
});
