import { isInNetwork, parseAddress, parseNetwork, type IpNetwork } from '../location/ip-network.js';

/** Addresses that no receiver on the internet has: this machine, private and shared networks, what is set aside. */
const NOT_PUBLIC = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  // link-local, with the metadata services of clouds
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  // of IPv6 only global unicast is public, but for addresses in it that stand for others
  '::/3',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
  '4000::/2',
  '8000::/1',
].flatMap((text) => networkOf(text) ?? []);

const NAME = /^(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/;

/** Hosts beside the public internet that notices may be sent to. */
export interface AllowedHosts {
  /** Names, or `*.domain` for all below one. */
  names: readonly string[];
  networks: readonly IpNetwork[];
}

/**
 * Reads a list of names, `*.domain`, addresses and networks, separated by commas.
 *
 * @returns null when a part is none of these
 */
export function parseAllowedHosts(text: string): AllowedHosts | null {
  const parts = text
    .split(',')
    .map((part) => part.trim().toLowerCase())
    .filter((part) => part !== '');
  const networks: IpNetwork[] = [];
  const names: string[] = [];
  for (const part of parts) {
    const network = networkOf(part);
    if (network) networks.push(network);
    else if (NAME.test(part) && !/^[\d.]+$/.test(part)) names.push(part);
    else return null;
  }
  return { names, networks };
}

/** Whether a host is one that the list names, by itself or by the address it was resolved to. */
export function isAllowedHost({ names, networks }: AllowedHosts, host: string, address: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, '');
  if (names.some((one) => (one.startsWith('*.') ? name.endsWith(one.slice(1)) : name === one))) return true;
  const parsed = parseAddress(address);
  return parsed !== null && networks.some((network) => isInNetwork(parsed, network));
}

/**
 * Whether an address is on the public internet. IPv4 addresses that are written as IPv6 count as what they are; what is
 * no address at all is not public either.
 */
export function isPublicAddress(address: string): boolean {
  const parsed = parseAddress(address);
  return parsed !== null && !NOT_PUBLIC.some((network) => isInNetwork(parsed, network));
}

function networkOf(text: string): IpNetwork | null {
  if (!text.includes('/')) {
    if (!parseAddress(text)) return null;
    return networkOf(`${text}/${text.includes(':') ? 128 : 32}`);
  }
  const network = parseNetwork(text);
  return 'fault' in network ? null : network;
}
