import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Architecture } from './node-runtime.ts';

/** What Debian calls a processor. */
const DEBIAN: Readonly<Record<Architecture, string>> = { x64: 'amd64', arm64: 'arm64' };

const POSTINST = `#!/bin/sh
set -e
if [ "$1" = configure ]; then
  id relaypoint-dp > /dev/null 2>&1 ||
    useradd --system --no-create-home --home-dir /var/lib/relaypoint-dp-agent --shell /usr/sbin/nologin relaypoint-dp
  install -d -m 700 -o relaypoint-dp -g relaypoint-dp /var/lib/relaypoint-dp-agent
  if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    # an upgrade of a DP that has joined; a new one is started once it has
    if [ -e /var/lib/relaypoint-dp-agent/identity.json ]; then
      systemctl enable relaypoint-dp
      systemctl restart relaypoint-dp
    fi
  fi
fi
`;
const PRERM = `#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
  systemctl disable --now relaypoint-dp || true
fi
`;
const POSTRM = `#!/bin/sh
set -e
# versions that the agent has fetched
if [ "$1" = remove ]; then rm -rf /var/lib/relaypoint-dp-agent/versions; fi
if [ "$1" = purge ]; then
  rm -rf /var/lib/relaypoint-dp-agent
  ! id relaypoint-dp > /dev/null 2>&1 || userdel relaypoint-dp
fi
`;

/** The file name of the package. */
export function debName(version: string, arch: Architecture): string {
  return `relaypoint-dp_${version}_${DEBIAN[arch]}.deb`;
}

/**
 * Makes a Debian package of an unpacked bundle: the same files at the same place as the install script has them.
 *
 * @param bundle folder with the bundle's content
 * @param work an empty folder that may be used
 */
export function makeDeb(
  bundle: string,
  version: string,
  arch: Architecture,
  work: string,
  out: string,
): void {
  const home = join(work, 'opt/relaypoint-dp');
  mkdirSync(join(home, 'versions'), { recursive: true });
  cpSync(bundle, join(home, 'versions', version), { recursive: true });
  symlinkSync(`versions/${version}`, join(home, 'current'));
  mkdirSync(join(work, 'usr/bin'), { recursive: true });
  symlinkSync('/opt/relaypoint-dp/current/bin/relaypoint-dp', join(work, 'usr/bin/relaypoint-dp'));
  const units = join(work, 'usr/lib/systemd/system');
  mkdirSync(units, { recursive: true });
  const unit = readFileSync(join(bundle, 'relaypoint-dp.service'), 'utf8');
  writeFileSync(join(units, 'relaypoint-dp.service'), unit.replace('/usr/local/bin/', '/usr/bin/'));
  const control = join(work, 'DEBIAN');
  mkdirSync(control);
  writeFileSync(
    join(control, 'control'),
    `Package: relaypoint-dp
Version: ${version}
Architecture: ${DEBIAN[arch]}
Maintainer: Relaypoint <relaypoint@example.invalid>
Depends: passwd, coreutils, libc6 (>= 2.28), libstdc++6
Suggests: smbclient, samba-common-bin
Section: admin
Priority: optional
Description: the agent of a Relaypoint distribution point (DP)
 It asks the gateway for orders, installs the management client onto the
 computers of its site, and reports. It brings its own Node.
`,
  );
  for (const [name, text] of Object.entries({ postinst: POSTINST, prerm: PRERM, postrm: POSTRM })) {
    writeFileSync(join(control, name), text);
    chmodSync(join(control, name), 0o755);
  }
  // gzip: what xz saves, every build would wait for
  execFileSync('dpkg-deb', ['--root-owner-group', '-Zgzip', '-z6', '--build', work, out], { stdio: 'pipe' });
}
