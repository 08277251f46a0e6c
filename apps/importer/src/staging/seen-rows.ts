import {
  identityOf,
  mayBeSameHost,
  rowMessage,
  type ImportCandidate,
  type ImportMessage,
  nameKeyOf,
} from '#domain';

/** What of a staged row matters to the rows that follow. */
export interface SeenRow {
  line: number;
  name: string;
  hostName: string;
  identity: string | null;
  /** DNS name of an object of a directory; absent on rows of files, whose identity it is. */
  dnsName?: string | null;
}

/** Which computers the rows so far were about, to find duplicates by line. */
export class SeenRows {
  private readonly lineOfIdentity = new Map<string, number>();
  /** Host names by their NetBIOS name. */
  private readonly hostsOfName = new Map<string, SeenRow[]>();
  private readonly lineOfDnsName = new Map<string, number>();

  /** @returns the reason to reject a row that names a computer again; null when it does not */
  duplicate(row: ImportCandidate): ImportMessage | null {
    const first = this.lineOfIdentity.get(identityOf(row));
    const twin = row.guid !== null && row.fqdn !== null ? this.lineOfDnsName.get(row.fqdn) : undefined;
    if (first === undefined && twin !== undefined && !row.excluded) {
      return rowMessage(row, 'DNS_NAME_TWICE', 'row.dnsTwice', { fqdn: row.fqdn ?? '', line: twin });
    }
    if (first === undefined) return null;
    return rowMessage(row, 'DUPLICATE', 'row.duplicate', { line: first, name: nameKeyOf(row) });
  }

  /** @returns an earlier row that may be about the same computer, by its NetBIOS name, with a warning that says so */
  sameName(row: ImportCandidate): { line: number; isAsked: boolean; warning: ImportMessage } | null {
    const alike = this.hostsOfName
      .get(row.name)
      ?.find(({ hostName }) => mayBeSameHost(hostName, row.hostName));
    if (!alike) return null;
    const { line, identity } = alike;
    // two objects of a directory are two computers
    const isAsked = row.guid === null || identity?.startsWith('ad:') !== true;
    return { line, isAsked, warning: rowMessage(row, 'SAME_NETBIOS', 'row.sameNetbios', { line }) };
  }

  /** Remembers a row. One without identity was rejected, and a later row may do better. */
  add(row: SeenRow): void {
    const { line, name, hostName, identity, dnsName } = row;
    if (identity === null) return;
    if (!this.lineOfIdentity.has(identity)) this.lineOfIdentity.set(identity, line);
    const hosts = this.hostsOfName.get(name);
    const seen = { line, name, hostName, identity };
    if (!hosts) this.hostsOfName.set(name, [seen]);
    else if (!hosts.some((other) => other.hostName === hostName)) hosts.push(seen);
    if (dnsName && !this.lineOfDnsName.has(dnsName)) this.lineOfDnsName.set(dnsName, line);
  }
}
