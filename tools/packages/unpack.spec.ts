import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { packagesNamed } from './list.ts';
import { installedPath, unpackPackages } from './unpack.ts';

const TOOL = 'usr/lib/relaypoint-unpack-test/tool';
let folder: string;
let said: string[];
const environment = { ...process.env };

/** An apt-get that has one real package, and does what the files in its folder say. */
const APT_GET = `#!/bin/sh
here=$(dirname "$0")
for word; do case $word in update | download) verb=$word ;; --simulate) verb=simulate ;; --print-uris) verb=uris ;; esac; done
echo "$verb" >> "$here/asked"
case $verb in
  update)
    [ ! -e "$here/offline" ] || { echo "E: Failed to fetch http://mirror.test/" >&2; exit 100; }
    [ ! -e "$here/locked" ] || { rm "$here/locked"; echo "E: Could not get lock /lists/lock. It is held by process 7 (apt)" >&2; exit 100; } ;;
  simulate)
    [ ! -e "$here/offline" ] || { echo "E: Unable to locate package curl" >&2; exit 100; }
    case " $* " in *" slapd "*) echo "E: Package 'slapd' has no installation candidate" >&2; exit 100 ;; esac
    echo 'Inst curl (1:2.0-1 Test:1 [all])' ;;
  uris) echo "'http://mirror.test/curl.deb' curl.deb 2000000 SHA256:0" ;;
  download)
    [ ! -e "$here/hangs" ] || { rm "$here/hangs"; touch "$here/hanging"; exec sleep 60; }
    cp "$here/curl.deb" 'curl_1%3a2.0-1_all.deb' ;;
esac
`;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'unpack-'));
  said = [];
  const content = join(folder, 'package');
  mkdirSync(join(content, 'DEBIAN'), { recursive: true });
  mkdirSync(join(content, TOOL, '..'), { recursive: true });
  writeFileSync(
    join(content, 'DEBIAN/control'),
    'Package: curl\nVersion: 1:2.0-1\nArchitecture: all\nMaintainer: Test <test@test.test>\nDescription: test\n',
  );
  writeFileSync(join(content, TOOL), 'of the package');
  mkdirSync(join(folder, 'bin'));
  execFileSync('dpkg-deb', ['--build', content, join(folder, 'bin/curl.deb')], { stdio: 'pipe' });
  writeFileSync(join(folder, 'bin/apt-get'), APT_GET, { mode: 0o755 });
  process.env.PATH = [join(folder, 'bin'), environment.PATH].join(delimiter);
});
afterEach(() => {
  process.env = { ...environment };
  rmSync(folder, { recursive: true, force: true });
});

const does = (what: string): void => writeFileSync(join(folder, 'bin', what), '');
const asked = (): string[] => readFileSync(join(folder, 'bin/asked'), 'utf8').trim().split('\n');
const unpack = (names: readonly string[] = ['curl'], signal?: AbortSignal): Promise<readonly string[]> =>
  unpackPackages(packagesNamed(...names), join(folder, 'packages'), {
    say: (line) => void said.push(line),
    signal,
  });

describe('packages of an ordinary user', () => {
  it('are unpacked with what is said of them, and used from there; the second time nothing is asked for', async () => {
    expect(await unpack()).toEqual([]);
    expect(said[0]).toMatch(
      /^unpacking curl \(the management client\).*1 packages, 2 MB to fetch, into .*packages/,
    );
    expect(readFileSync(installedPath(`/${TOOL}`), 'utf8')).toBe('of the package');
    const before = asked().length;
    expect(await unpack()).toEqual([]);
    expect(asked()).toHaveLength(before);
  });

  it('that the system does not have are named, and looked for again the next time', async () => {
    expect(await unpack(['curl', 'slapd'])).toEqual(['slapd']);
    const before = asked().filter((verb) => verb === 'simulate').length;
    expect(await unpack(['curl', 'slapd'])).toEqual(['slapd']);
    expect(asked().filter((verb) => verb === 'simulate').length).toBeGreaterThan(before);
  });

  it('are waited for while another program is using apt', async () => {
    does('locked');
    expect(await unpack()).toEqual([]);
    expect(said).toContainEqual(expect.stringMatching(/another program is using apt.*held by process 7/));
  });

  it('without a network and without lists are a sentence about the network', async () => {
    does('offline');
    await expect(unpack()).rejects.toThrow(
      /package lists cannot be fetched \(Failed to fetch.*check the network/,
    );
  });

  it('that were interrupted leave nothing that counts as done, and are fetched anew', async () => {
    does('hangs');
    const ending = new AbortController();
    const look = setInterval(() => existsSync(join(folder, 'bin/hanging')) && ending.abort(), 20);
    await expect(unpack(['curl'], ending.signal)).rejects.toThrow('stopped while packages were fetched');
    clearInterval(look);
    expect(await unpack()).toEqual([]);
    expect(readFileSync(installedPath(`/${TOOL}`), 'utf8')).toBe('of the package');
  });

  it('cannot lie below a folder that their scripts could not name', async () => {
    const wrong = unpackPackages(packagesNamed('curl'), join(folder, 'mein Ordner'), { say: () => {} });
    await expect(wrong).rejects.toThrow(/letters, digits.*set RELAYPOINT_STATE/);
  });
});
