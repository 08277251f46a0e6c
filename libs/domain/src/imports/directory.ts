import type { TextKey, TextParams } from '#texts';
import { type Fault, mustBe } from '../base/errors.js';
import type { DirectoryId, DpId, TenantId } from '../base/ids.js';
import type { DirectorySchedule } from './directory-schedule.js';
import type { DirectoryPolicy } from './import-sync.js';
import type { AdOptions } from './import-options.js';

/** An Active Directory that computers can be imported from. */
export interface Directory {
  id: DirectoryId;
  tenant: TenantId;
  name: string;
  /** `ldaps://host[:port]` or `ldap://host[:port]`. */
  url: string;
  startTls: boolean;
  /** `ldap://` without StartTLS sends the password readable: only with this switch. */
  allowPlain: boolean;
  caPem: string | null;
  bindDn: string;
  /** Sealed to the importers' key, see {@link passwordBinding}. */
  sealedPassword: { keyId: string; blob: string };
  bases: readonly string[];
  filter: string | null;
  /** When it is read by itself; absent or null: only when somebody asks. */
  schedule?: DirectorySchedule | null;
  /** What becomes of what the schedule finds. Default: `preview`. */
  policy?: DirectoryPolicy;
  /** Most computers that the policy `release` releases within an hour. Default: {@link RELEASES_PER_HOUR}. */
  releasesPerHour?: number;
  /** The DP of rows of the schedule that name none (R2). */
  dp?: DpId | null;
  /** What the schedule takes: groups, operating systems and the like. */
  options?: AdOptions;
  createdAt: Date;
  revision: number;
}

/** Computers an hour that a directory's policy releases where nobody has said how many. */
export const RELEASES_PER_HOUR = 50;

/** How what is said to a directory is protected on its way. */
export const DIRECTORY_TRANSPORTS = ['ldaps', 'starttls', 'plain'] as const;
export type DirectoryTransport = (typeof DIRECTORY_TRANSPORTS)[number];

type Address = Pick<Directory, 'url' | 'startTls'>;

export function transportOf({ url, startTls }: Address): DirectoryTransport {
  if (/^ldaps:/i.test(url)) return 'ldaps';
  return startTls ? 'starttls' : 'plain';
}

const ADDRESS = /^(ldaps?):\/\/(\[[0-9a-f:.]+\]|[^\s/:?#@[\]]+)(?::(\d{1,5}))?\/?$/i;
const DEFAULT_PORTS = { ldap: 389, ldaps: 636 } as const;

/** Host (without brackets) and port of a directory's URL; null when it is no such URL. */
export function addressOf(url: string): { host: string; port: number } | null {
  const [, scheme = '', host = '', port] = ADDRESS.exec(url) ?? [];
  if (host === '') return null;
  const number = port === undefined ? DEFAULT_PORTS[scheme.toLowerCase() as 'ldap' | 'ldaps'] : Number(port);
  return number >= 1 && number <= 65_535 ? { host: host.replace(/^\[|\]$/g, ''), port: number } : null;
}

/** What is wrong with how a directory is to be reached; all of it at once. */
export function addressFaults(directory: Address & Pick<Directory, 'allowPlain'>): Fault[] {
  if (!addressOf(directory.url)) {
    return [{ path: 'url', code: 'url', ...mustBe('what.directoryUrl') }];
  }
  const transport = transportOf(directory);
  if (transport === 'ldaps' && directory.startTls) {
    return [{ path: 'startTls', code: 'alone', key: 'fault.belongsToLdap' }];
  }
  if (transport === 'plain' && !directory.allowPlain) {
    return [{ path: 'url', code: 'plain', key: 'fault.plainPassword' }];
  }
  return [];
}

/** HPKE `info` of a sealed bind password. */
export const DIRECTORY_PASSWORD_INFO = 'relaypoint/bind-password/v1';

/**
 * HPKE AAD of a sealed bind password: who changes where a directory is, or how it is reached, has to know the password.
 * In particular it opens for no other address that somebody writes into the database.
 */
export function passwordBinding(
  directory: Address & Pick<Directory, 'id'>,
  keyId: string,
): { directory: string; keyId: string; url: string; transport: DirectoryTransport } {
  return { directory: directory.id, keyId, url: directory.url, transport: transportOf(directory) };
}

/** Steps of a directory test, in order; the first that fails ends it. */
export const DIRECTORY_TEST_STEPS = ['resolve', 'connect', 'tls', 'bind', 'search', 'count'] as const;
export type DirectoryTestStepName = (typeof DIRECTORY_TEST_STEPS)[number];

export interface DirectoryTestStep {
  step: DirectoryTestStepName;
  /** Null: not tried, because an earlier one failed or it does not apply. */
  ok: boolean | null;
  code: string | null;
  /** Where it went; or in English what `key` and `params` say. */
  text: string;
  key?: TextKey;
  params?: TextParams;
  milliseconds: number;
}
