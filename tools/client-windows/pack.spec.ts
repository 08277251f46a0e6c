/**
 * Releases of the Windows client that are signed, by a certification authority made here.
 *
 * @needs peers
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeAsRoot } from '../testing/as-root.js';
import { buildWindowsClient, type WindowsRelease } from './build.js';
import { missingPrograms } from './programs.js';
import { signingOf } from './signing.js';

const PASSWORD = 'p4ss-of-the-key';
const lacking = missingPrograms(true);
if (lacking.length > 0)
  console.log(`signing the Windows client is not tried, this machine lacks ${lacking.join(', ')}`);
const describeWithGo = lacking.length === 0 ? describeAsRoot : describe.skip;

describeWithGo('a signed release of the Windows client', () => {
  let folder: string;
  let release: WindowsRelease;
  const path = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'signing-'));
    writeFileSync(path('password'), `${PASSWORD}\n`, { mode: 0o600 });
    const subject = (name: string) => ['-subj', `/O=Relaypoint test/CN=${name}`];
    openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      ...subject('CA'),
      '-keyout',
      'ca.key',
      '-out',
      'ca.pem',
    );
    openssl(
      'req',
      '-newkey',
      'rsa:3072',
      '-passout',
      'file:password',
      ...subject('Signer'),
      '-keyout',
      'signer.key',
      '-out',
      'signer.csr',
    );
    writeFileSync(path('usage'), 'extendedKeyUsage=codeSigning\nkeyUsage=critical,digitalSignature\n');
    const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'];
    openssl(
      'x509',
      '-req',
      '-in',
      'signer.csr',
      ...by,
      '-days',
      '1',
      '-extfile',
      'usage',
      '-out',
      'signer.pem',
    );
    const signing = {
      certificates: path('signer.pem'),
      key: path('signer.key'),
      passwordFile: path('password'),
    };
    release = await buildWindowsClient(path('build'), '1.5.0', signing);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function verify(file: string): { ok: boolean; output: string } {
    const ran = spawnSync('osslsigncode', ['verify', '-CAfile', path('ca.pem'), '-in', file], {
      encoding: 'utf8',
    });
    return { ok: ran.status === 0, output: `${ran.stdout}${ran.stderr}` };
  }

  it.each([
    ['the setup program', () => release.setup],
    ['the MSI', () => release.msi],
    ['the installed program', () => path('build/relaypoint-client.exe')],
  ])('has a signature on %s that the authority stands for', (_, file) => {
    const { ok, output } = verify(file());
    expect({ ok, output }).toMatchObject({ ok: true });
    expect(output).toContain('CN=Signer');
  });

  it('has the signed MSI in its setup program', () => {
    expect(readFileSync(release.setup).includes(readFileSync(release.msi))).toBe(true);
  });

  it('no longer verifies when a byte is another', () => {
    const changed = path('changed.exe');
    copyFileSync(release.setup, changed);
    const content = readFileSync(changed);
    const at = content.indexOf('Relaypoint');
    content[at] = 0x72;
    writeFileSync(changed, content);
    expect(at).toBeGreaterThan(0);
    expect(verify(changed).ok).toBe(false);
  });

  it('does not tell the password to anyone', () => {
    for (const file of [release.setup, release.msi])
      expect(readFileSync(file).includes(PASSWORD)).toBe(false);
  });

  it('is not made with the wrong password', async () => {
    writeFileSync(path('wrong'), 'wrong\n');
    const signing = {
      certificates: path('signer.pem'),
      key: path('signer.key'),
      passwordFile: path('wrong'),
    };
    await expect(buildWindowsClient(path('wrong-build'), '1.5.0', signing)).rejects.toThrow(
      /osslsigncode failed/,
    );
  });
});

describe('what releases are signed with', () => {
  it('comes from options or from the environment, options first', () => {
    const environment = {
      RELAYPOINT_SIGN_CERTIFICATES: 'e.pem',
      RELAYPOINT_SIGN_KEY: 'e.key',
      RELAYPOINT_SIGN_PASSWORD_FILE: 'e.pass',
    };
    expect(signingOf({}, environment)).toMatchObject({
      certificates: 'e.pem',
      key: 'e.key',
      passwordFile: 'e.pass',
    });
    expect(signingOf({ 'sign-key': 'o.key' }, environment)).toMatchObject({
      certificates: 'e.pem',
      key: 'o.key',
    });
  });

  it('may be nothing, but not a half', () => {
    expect(signingOf({}, {})).toBeUndefined();
    expect(signingOf({}, { RELAYPOINT_SIGN_KEY: '' })).toBeUndefined();
    expect(() => signingOf({ 'sign-key': 'k.pem' }, {})).toThrow('--sign-certificates');
    expect(() => signingOf({}, { RELAYPOINT_SIGN_PASSWORD_FILE: 'p' })).toThrow('--sign-certificates');
  });
});

describe('packing the client for Windows', () => {
  const pack = (...more: string[]) =>
    spawnSync(process.execPath, ['tools/client-pack.mjs', '--windows', ...more], {
      encoding: 'utf8',
      env: { ...process.env, PATH: '/nonexistent' },
    });

  it('says what the machine lacks, and where it comes from', () => {
    const { status, stderr } = pack('--sign-certificates', 'c.pem', '--sign-key', 'k.pem');
    expect(status).toBe(1);
    for (const name of ['wixl', 'msitools', 'osslsigncode'])
      expect(stderr).toContain(`(Debian package ${name})`);
    expect(pack().stderr).not.toContain('osslsigncode');
  });

  it.each(['1.5', '1.5.0-rc.1', '256.0.0', '1.0.65536'])(
    'refuses version %s, which the installer cannot compare',
    (version) => {
      const { status, stderr } = pack('--version', version);
      expect(status).toBe(1);
      expect(stderr).toContain(`not ${version}`);
    },
  );
});
