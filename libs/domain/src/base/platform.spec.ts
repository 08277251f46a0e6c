import { platformOf } from './platform.js';

it.each([
  ['Windows 11 Pro', 'windows'],
  ['Microsoft Windows Server 2022 Standard', 'windows'],
  ['Debian GNU/Linux 12 (bookworm)', 'linux'],
  ['Red Hat Enterprise Linux 9.4', 'linux'],
  ['Ubuntu 24.04', 'linux'],
  ['SUSE Linux Enterprise Server', 'linux'],
  ['pc-linux-gnu', 'linux'],
  ['macOS 15.1', 'darwin'],
  ['Mac OS X', 'darwin'],
  ['Darwin', 'darwin'],
  ['Data ONTAP', null],
  ['', null],
  [null, null],
])('%s is of the platform %s', (os, platform) => {
  expect(platformOf(os)).toBe(platform);
});
