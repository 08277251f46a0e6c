import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from './programs.ts';

/**
 * What wixl cannot express:
 * - it leaves IncludeMaximum out (512), and the row's attributes are part of its key;
 * - a second action in a sequence moves the first; the installer ends with 3010 where a site says RESTART_AFTER=1;
 * - the path of the event messages is to be expanded when it is read.
 */
const corrections = (version: string, upgradeCode: string) => [
  "DELETE FROM `Upgrade` WHERE `ActionProperty` = 'OLDER'",
  'INSERT INTO `Upgrade` (`UpgradeCode`, `VersionMin`, `VersionMax`, `Attributes`, `ActionProperty`) ' +
    `VALUES ('${upgradeCode}', '0.0.0', '${version}', ${MIN_INCLUSIVE + MAX_INCLUSIVE}, 'OLDER')`,
  'INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) ' +
    "VALUES ('ScheduleReboot', 'RESTART_AFTER AND NOT REMOVE', 6550)",
  "UPDATE `Registry` SET `Value` = '#%%SystemRoot%\\System32\\EventCreate.exe' WHERE `Name` = 'EventMessageFile'",
];
/** Bits of the Upgrade table's attributes. */
const MIN_INCLUSIVE = 256;
const MAX_INCLUSIVE = 512;

const MSI_VERSION = /^(\d{1,3})\.(\d{1,3})\.(\d{1,5})$/;

/**
 * A version that the Windows installer can compare.
 *
 * @throws Error for any other
 */
export function checkMsiVersion(version: string): void {
  const [, major, minor, build] = MSI_VERSION.exec(version) ?? [];
  if (major === undefined || Number(major) > 255 || Number(minor) > 255 || Number(build) > 65_535) {
    throw new Error(
      `the Windows installer knows versions of three numbers (255.255.65535 at most), not ${version}`,
    );
  }
}

/** The same version of the same program has the same product code, on every machine. */
export function productCodeOf(version: string, program: string): string {
  const digest = createHash('sha256').update(`${version}\n`).update(readFileSync(program)).digest();
  // a UUID of version 8 (RFC 9562 §5.8): made in a way of our own
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x80;
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80;
  const hex = digest.toString('hex').toUpperCase();
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)];
  return `{${parts.join('-')}}`;
}

/** Makes the MSI of the `relaypoint-client.exe` in a folder; gives its path. */
export async function makeMsi(
  folder: string,
  source: string,
  { version, productCode }: { readonly version: string; readonly productCode: string },
): Promise<string> {
  const msi = join(folder, 'client.msi');
  writeFileSync(join(folder, 'VERSION'), `${version}\n`);
  copyFileSync(join(dirname(source), 'NOTICE.txt'), join(folder, 'NOTICE.txt'));
  // wixl looks for files beside its source, whatever its working folder is
  copyFileSync(source, join(folder, 'client.wxs'));
  const defines = ['-D', `Version=${version}`, '-D', `ProductCode=${productCode.slice(1, -1)}`];
  await run('wixl', ['--arch', 'x64', ...defines, '--output', msi, join(folder, 'client.wxs')]);
  const [, upgradeCode = ''] = /UpgradeCode="([^"]+)"/.exec(readFileSync(source, 'utf8')) ?? [];
  for (const query of corrections(version, `{${upgradeCode}}`)) await run('msibuild', [msi, '-q', query]);
  return msi;
}
