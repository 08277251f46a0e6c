import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WireOrder } from '#contract';
import { describeAsRoot } from '../../../../../tools/testing/as-root.js';
import { eventually } from '../../../../../tools/testing/eventually.js';
import { WindowsSite } from '../../../testing/windows.js';
import { succeeded } from '../../../testing/succeeded.js';

// What of an order's secrets can be found on the DP and on the Windows computer, while it is pushed to and afterwards.
jest.setTimeout(600_000);

let site: WindowsSite;
beforeAll(async () => {
  site = await WindowsSite.start();
});
afterAll(() => site.stop());

const textOf = (path: string): string => {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // it has ended or gone meanwhile
    return '';
  }
};

/** Arguments and environments of all processes, also of those of the computers: their namespaces are within this one. */
function processes(): { name: string; text: string }[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .map((pid) => ({
      name: textOf(`/proc/${pid}/comm`).trim(),
      text: textOf(`/proc/${pid}/cmdline`) + textOf(`/proc/${pid}/environ`),
    }));
}

/** Files below a folder that hold one of the texts, as bytes of ASCII or of Windows' two-byte characters. */
function filesWith(folder: string, texts: readonly string[]): string[] {
  const wanted = texts.flatMap((text) => [text, Buffer.from(text, 'utf16le').toString('latin1')]);
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => {
      const content = textOf(path);
      return wanted.some((text) => content.includes(text));
    });
}

/** Whatever belongs to Windows itself does not change, and is large. */
const written = (): string[] => {
  const { drive } = site.windows.computer(1);
  const folders = [
    'Program Files',
    'ProgramData',
    'users',
    'windows/Relaypoint',
    'windows/temp',
    'windows/Installer',
  ];
  return folders.map((folder) => join(drive, folder));
};

describeAsRoot('secrets of a push', () => {
  it('are in no argument, no environment and no file, at any moment of it', async () => {
    site.hold(1);
    const { password } = site.windows;
    const given: WireOrder = site.order(1, { release: await site.release('1.4.0', 'TESTHOLD=1') });
    const secrets = [password, given.registration?.token ?? ''];
    const seen = new Map<string, number>();
    const found: string[] = [];
    let looks = 0;
    const look = () => {
      looks += 1;
      for (const { name, text } of processes()) {
        seen.set(name, (seen.get(name) ?? 0) + 1);
        if (secrets.some((secret) => text.includes(secret))) found.push(name);
      }
    };
    site.gateway.give(given);
    await eventually(
      () => {
        look();
        expect(site.runs(1)).toBe(1);
      },
      { timeoutMs: 120_000, intervalMs: 1 },
    );
    look();
    // an installer is at work now, and what it was given has been taken
    expect(filesWith(site.agent.state, [password])).toEqual([]);
    // as long as it may have to hand it over
    const [, token = ''] = secrets;
    expect(filesWith(site.agent.state, [token])).toEqual([join(site.agent.state, 'journal')]);
    expect(written().flatMap((folder) => filesWith(folder, secrets))).toEqual([]);
    site.letGo(1);
    expect(succeeded(await site.ended(given))).toMatchObject({ state: 'succeeded' });
    look();
    expect(found).toEqual([]);
    // it looked at those that could have shown it
    for (const name of ['smbclient', 'net', 'setup.exe', 'msiexec.exe'])
      expect({ name, looks, seen: [...seen.keys()].some((known) => known.startsWith(name)) }).toMatchObject({
        seen: true,
      });
  });

  it('are not there afterwards: the DP keeps nothing, the client keeps what is sealed', async () => {
    await eventually(() => expect(site.gateway.registeredAs('PC-1')).toHaveLength(1), { timeoutMs: 60_000 });
    const { password } = site.windows;
    const token = site.gateway.registeredAs('PC-1')[0]?.token ?? '';
    expect(token).not.toBe('');
    expect(filesWith(site.agent.state, [password])).toEqual([]);
    expect(written().flatMap((folder) => filesWith(folder, [password, token]))).toEqual([]);
    expect(site.agent.output + site.agent.journal() + JSON.stringify(site.gateway.reports)).not.toContain(
      password,
    );
    // what Samba makes for itself is below a folder of the DP alone
    const files = readdirSync(site.agent.state, { recursive: true, encoding: 'utf8' }).filter(
      (file) => file !== 'config.yaml' && !file.startsWith('smb/samba/'),
    );
    const open = files.filter((file) => (lstatSync(join(site.agent.state, file)).mode & 0o077) !== 0);
    expect(files).toEqual(expect.arrayContaining(['smb/samba', 'smb/smb.conf', 'smb/krb5.conf']));
    expect(open).toEqual([]);
  });

  it('would be found', () => {
    const { drive } = site.windows.computer(1);
    expect(filesWith(join(drive, 'Program Files'), ['1.4.0'])).not.toEqual([]);
    expect(processes().some(({ text }) => text.includes('RELAYPOINT') || text.includes('PATH='))).toBe(true);
  });
});
