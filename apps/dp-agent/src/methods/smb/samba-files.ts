import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SmbDomain } from './samba-login.js';

/** What Samba's programs are given instead of the machine's own settings. */
export interface SambaFiles {
  readonly smbConf: string;
  readonly krb5Conf: string;
  /** For files on their way to a computer. */
  readonly transit: string;
}

/**
 * Writes Samba's settings below a folder of the DP's own: what the machine is set to, for its own shares or its own domain, must
 * neither weaken nor break what goes on here.
 */
export async function writeSambaFiles(folder: string, domains: readonly SmbDomain[]): Promise<SambaFiles> {
  const data = join(folder, 'samba');
  const transit = join(folder, 'transit');
  // what a killed agent left on its way
  await rm(transit, { recursive: true, force: true });
  for (const path of [data, transit]) await mkdir(path, { recursive: true, mode: 0o700 });
  const files = { smbConf: join(folder, 'smb.conf'), krb5Conf: join(folder, 'krb5.conf'), transit };
  await writeFile(files.smbConf, smbConf(data), { mode: 0o600 });
  await writeFile(files.krb5Conf, krb5Conf(domains), { mode: 0o600 });
  return files;
}

function smbConf(data: string): string {
  const settings = {
    // nothing older, nothing that can be read or changed on its way
    'client min protocol': 'SMB3_00',
    'client ipc min protocol': 'SMB3_00',
    'client signing': 'required',
    'client ipc signing': 'required',
    'client smb encrypt': 'required',
    'name resolve order': 'host',
    'disable netbios': 'yes',
    'private dir': data,
    'lock directory': data,
    'state directory': data,
    'cache directory': data,
    'log level': '0',
  };
  return ['[global]', ...Object.entries(settings).map(([name, value]) => `  ${name} = ${value}`), ''].join(
    '\n',
  );
}

function krb5Conf(domains: readonly SmbDomain[]): string {
  const realms = domains.flatMap(({ realm, kdc }) =>
    kdc?.length ? [`  ${realm.toUpperCase()} = {`, ...kdc.map((host) => `    kdc = ${host}`), '  }'] : [],
  );
  const names = domains.flatMap(({ realm }) => {
    const [dns, upper] = [realm.toLowerCase(), realm.toUpperCase()];
    return [`  .${dns} = ${upper}`, `  ${dns} = ${upper}`];
  });
  return [
    '[libdefaults]',
    '  dns_lookup_kdc = true',
    '  dns_lookup_realm = false',
    // a name is what the order says, not what somebody's reverse zone makes of it
    '  rdns = false',
    '  dns_canonicalize_hostname = false',
    '  forwardable = false',
    ...(domains[0] ? [`  default_realm = ${domains[0].realm.toUpperCase()}`] : []),
    '[realms]',
    ...realms,
    '[domain_realm]',
    ...names,
    '',
  ].join('\n');
}
