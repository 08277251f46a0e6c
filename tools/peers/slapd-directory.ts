import { createHash } from 'node:crypto';

/** Where everything of the directory is. */
export const BASE_DN = 'DC=corp,DC=relaypoint,DC=test';
/** What the server is known by, with the id of its database. */
export const SERVICE_DN = `CN=NTDS Settings,${BASE_DN}`;
export const BIND_DN = `CN=svc-import,CN=Users,${BASE_DN}`;

const SITES = ['Berlin', 'München', 'Köln', 'Zürich', 'New York'] as const;
const SYSTEMS = [
  ['Windows 11 Enterprise', '10.0 (26100)'],
  ['Windows 11 Pro', '10.0 (22631)'],
  ['Windows 10 Enterprise', '10.0 (19045)'],
  ['Windows Server 2022 Standard', '10.0 (20348)'],
  ['Windows Server 2019 Datacenter', '10.0 (17763)'],
  ['Ubuntu', '24.04'],
  ['Debian GNU/Linux', '12'],
  ['macOS', '15.1'],
] as const;
const WORKSTATION = 0x1000;
const DISABLED = 0x2;

type Value = string | number | Buffer;

/** An entry in LDIF (RFC 2849); a value that is not plain ASCII goes as base64. */
function entry(dn: string, attributes: Readonly<Record<string, Value | readonly Value[]>>): string {
  const line = (name: string, value: Value): string => {
    const text = Buffer.isBuffer(value) ? value : String(value);
    const plain = typeof text === 'string' && /^[!-9;=-~][ -~]*$/.test(text) && !text.endsWith(' ');
    return plain ? `${name}: ${text}` : `${name}:: ${Buffer.from(text as string).toString('base64')}`;
  };
  const lines = Object.entries(attributes).flatMap(([name, value]) =>
    (Array.isArray(value) ? (value as readonly Value[]) : [value as Value]).map((one) => line(name, one)),
  );
  return `${[line('dn', dn), ...lines].join('\n')}\n\n`;
}

/** The same in every run. */
function guid(name: string): Buffer {
  return createHash('sha256').update(name).digest().subarray(0, 16);
}

/** MS-DTYP 2.4.2.2, of one made-up domain. */
function sid(rid: number): Buffer {
  const bytes = Buffer.alloc(28);
  bytes.set([1, 5, 0, 0, 0, 0, 0, 5]);
  for (const [index, part] of [21, 3_000_000_001, 2_000_000_002, 1_000_000_003, rid].entries())
    bytes.writeUInt32LE(part, 8 + 4 * index);
  return bytes;
}

/**
 * A directory in LDIF with so many computers in five sites: every 17th disabled, every 11th stale, every 29th never seen,
 * every 97th without a DNS name; a group for each site and one for all.
 */
export function* directory(computers: number, password: string, now: number): Generator<string> {
  const filetime = (days: number): string =>
    String(BigInt(now - days * 86_400_000 + 11_644_473_600_000) * 10_000n);
  const time = (days: number): string =>
    `${new Date(now - days * 86_400_000).toISOString().replace(/[-T:]|\..*/g, '')}.0Z`;
  const unit = (dn: string): string =>
    entry(dn, { objectClass: ['top', 'organizationalUnit'], ou: /^OU=([^,]*)/.exec(dn)?.[1] ?? '' });

  yield entry(BASE_DN, { objectClass: ['top', 'dcObject', 'organization'], dc: 'corp', o: 'corp' });
  yield entry(`CN=Users,${BASE_DN}`, { objectClass: ['top', 'container'], cn: 'Users' });
  yield entry(BIND_DN, {
    objectClass: ['top', 'person'],
    cn: 'svc-import',
    sn: 'svc-import',
    userPassword: password,
  });
  yield entry(SERVICE_DN, {
    objectClass: ['top', 'nTDSDSA'],
    cn: 'NTDS Settings',
    invocationId: guid('server'),
  });
  for (const name of ['Sites', 'Servers', 'Disabled', 'Groups']) yield unit(`OU=${name},${BASE_DN}`);
  for (const site of SITES) {
    yield unit(`OU=${site},OU=Sites,${BASE_DN}`);
    yield unit(`OU=Clients,OU=${site},OU=Sites,${BASE_DN}`);
  }

  const groupDn = (name: string): string => `CN=${name},OU=Groups,${BASE_DN}`;
  const members = new Map<string, string[]>();
  for (let number = 1; number <= computers; number++) {
    const site = SITES[number % SITES.length] ?? 'Berlin';
    const [system, version] = SYSTEMS[number % SYSTEMS.length] ?? ['', ''];
    const isServer = system.includes('Server');
    const enabled = number % 17 !== 0;
    const seen = number % 11 === 0 ? 200 + (number % 300) : number % 13;
    const name = `${isServer ? 'SRV' : 'PC'}-${String(number).padStart(6, '0')}`;
    const unitOf = isServer ? 'OU=Servers' : `OU=Clients,OU=${site},OU=Sites`;
    const dn = `CN=${name},${enabled ? unitOf : 'OU=Disabled'},${BASE_DN}`;
    const groups = [`GG-Site-${site}`, 'GG-All-Computers'];
    for (const group of groups) {
      const list = members.get(group) ?? [];
      list.push(dn);
      members.set(group, list);
    }
    yield entry(dn, {
      objectClass: ['top', 'computer'],
      cn: name,
      objectCategory: 'computer',
      sAMAccountName: `${name}$`,
      objectGUID: guid(name),
      objectSid: sid(2000 + number),
      userAccountControl: WORKSTATION | (enabled ? 0 : DISABLED),
      primaryGroupID: 515,
      operatingSystem: system,
      operatingSystemVersion: version,
      description: `Gerät ${number}: Büro ${site}`,
      location: `DE/${site}/Haus ${number % 7}`,
      memberOf: groups.map(groupDn),
      pwdLastSet: filetime(seen + (number % 30)),
      whenCreated: time(400 + (number % 900)),
      whenChanged: time(seen),
      uSNChanged: 10_000 + number,
      ...(number % 29 === 0 ? {} : { lastLogonTimestamp: filetime(seen) }),
      ...(number % 97 === 0 ? {} : { dNSHostName: `${name.toLowerCase()}.corp.relaypoint.test` }),
    });
  }
  for (const name of [...SITES.map((site) => `GG-Site-${site}`), 'GG-All-Computers', 'GG-Empty']) {
    const member = members.get(name) ?? [];
    yield entry(groupDn(name), {
      objectClass: ['top', 'group'],
      cn: name,
      sAMAccountName: name,
      objectGUID: guid(name),
      objectCategory: 'group',
      ...(member.length > 0 ? { member } : {}),
    });
  }
}
