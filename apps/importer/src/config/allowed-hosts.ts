import { BlockList, isIP } from 'node:net';

/** Where no directory of an organisation is, but what else runs on this machine or answers its network card. */
const LOCAL = ['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '::/127', 'fe80::/10'];

const NAME = /^(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*$/;

/**
 * Hosts that directories may be on. Whoever may enter a directory chooses where the importer connects to, and is told how
 * it went: without a limit that is a way to look into networks that only the importer reaches.
 */
export class AllowedHosts {
  private constructor(
    private readonly names: readonly string[],
    private readonly networks: BlockList,
    private readonly isAny: boolean,
  ) {}

  /** Everything but this machine and link-local addresses. */
  static get default(): AllowedHosts {
    return new AllowedHosts([], networksOf([]), false);
  }

  /**
   * @param text comma-separated: host names, `*.corp.example` for all names below one, addresses, networks; `*` for anything
   * @returns null when a part is none of these
   */
  static parse(text: string): AllowedHosts | null {
    const parts = text.split(',').map((part) => part.trim().toLowerCase());
    if (parts.includes('*')) return new AllowedHosts([], new BlockList(), true);
    const names = parts.filter((part) => NAME.test(part) && isIP(part) === 0);
    const others = parts.filter((part) => !names.includes(part));
    if (!others.every(isAddressOrNetwork)) return null;
    return new AllowedHosts(names, networksOf(others), false);
  }

  /** @param address what the host was resolved to, and what is connected to */
  allows(host: string, address: string): boolean {
    if (this.isAny) return true;
    if (this.names.length === 0 && this.networks.rules.length === 0)
      return !contains(networksOf(LOCAL), address);
    const name = host.toLowerCase().replace(/\.$/, '');
    const isNamed = this.names.some((one) =>
      one.startsWith('*.') ? name.endsWith(one.slice(1)) : name === one,
    );
    return isNamed || contains(this.networks, address);
  }
}

function isAddressOrNetwork(text: string): boolean {
  const [address = '', prefix = '0', ...more] = text.split('/');
  const family = isIP(address);
  return (
    family !== 0 &&
    more.length === 0 &&
    /^\d{1,3}$/.test(prefix) &&
    Number(prefix) <= (family === 4 ? 32 : 128)
  );
}

function networksOf(texts: readonly string[]): BlockList {
  const list = new BlockList();
  for (const text of texts) {
    const [address = '', prefix] = text.split('/');
    const family = familyOf(address);
    list.addSubnet(address, prefix === undefined ? (family === 'ipv4' ? 32 : 128) : Number(prefix), family);
  }
  return list;
}

/** IPv4-mapped IPv6 addresses count as the IPv4 addresses that they are. */
function contains(list: BlockList, address: string): boolean {
  return list.check(address.split('%')[0] ?? '', familyOf(address));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return address.includes(':') ? 'ipv6' : 'ipv4';
}
