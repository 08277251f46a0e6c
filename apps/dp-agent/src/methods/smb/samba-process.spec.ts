import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeSambaFiles } from './samba-files.js';
import { missingSambaPrograms } from './samba-process.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'samba-'));
});

it('what is missing is named with the packages that have it', async () => {
  await writeFile(join(folder, 'net'), '', { mode: 0o755 });
  await writeFile(join(folder, 'stdbuf'), '', { mode: 0o755 });
  // not a program
  await writeFile(join(folder, 'smbclient'), '', { mode: 0o644 });
  expect(await missingSambaPrograms(`/nowhere:${folder}`)).toContain(
    'needs smbclient and smbcacls: apt-get install smbclient (',
  );
});

it('Samba gets settings that let nothing be read or changed on its way', async () => {
  const { smbConf } = await writeSambaFiles(folder, []);
  const text = await readFile(smbConf, 'utf8');
  for (const setting of [
    'client min protocol = SMB3_00',
    'client signing = required',
    'client ipc signing = required',
    'client smb encrypt = required',
  ])
    expect(text).toContain(setting);
});

it('Kerberos knows the domains that the DP was told of, and asks DNS for the rest', async () => {
  const { krb5Conf } = await writeSambaFiles(folder, [
    { realm: 'corp.example', name: 'CORP', kdc: ['dc1.corp.example', '192.0.2.1:88'] },
    { realm: 'other.example' },
  ]);
  const text = await readFile(krb5Conf, 'utf8');
  expect(text).toContain('dns_lookup_kdc = true');
  expect(text).toContain('  CORP.EXAMPLE = {\n    kdc = dc1.corp.example\n    kdc = 192.0.2.1:88\n  }');
  expect(text).not.toContain('OTHER.EXAMPLE = {');
  expect(text).toContain('  .other.example = OTHER.EXAMPLE\n');
});
