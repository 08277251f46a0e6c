import { AndFilter, EqualityFilter, OrFilter, type Entry } from 'ldapts';
import { fitsAccount, importMessage, passedOver, type ImportMessage } from '#domain';
import type { DirectorySession } from './directory-session.js';
import { bytesOf, guidOf, textOf } from './directory-values.js';

const ATTRIBUTES = ['objectGUID', 'sAMAccountName', 'dNSHostName'];
const BINARY = ['objectGUID'];
/** Names that are asked for at a time. */
const NAMES_AT_ONCE = 50;

/** What is to be said of the DNS names of some objects, by their GUID. */
export type DnsRemarks = ReadonlyMap<string, ImportMessage>;

const accountOf = (entry: Entry): string => (textOf(entry['sAMAccountName']) ?? '').replace(/\$$/, '');
const dnsNameOf = (entry: Entry): string | null =>
  textOf(entry['dNSHostName'])?.replace(/\.$/, '').toLowerCase() ?? null;

/**
 * Looks after objects whose account does not have their DNS name: such a name is wrong more often than the account, since
 * computers write it themselves when they are up. The one whose account fits owns the name, wherever in the directory it
 * is; where none fits, nobody can say which machine would be installed.
 *
 * @param bases where other objects are looked for: the naming contexts
 */
export async function dnsRemarks(
  entries: readonly Entry[],
  session: DirectorySession,
  bases: readonly string[],
): Promise<DnsRemarks> {
  const strange = new Map<string, { guid: string; account: string; fqdn: string }>();
  for (const entry of entries) {
    const guid = guidOf(bytesOf(entry['objectGUID']));
    const fqdn = dnsNameOf(entry);
    const account = accountOf(entry);
    if (guid === null || fqdn === null || fitsAccount(fqdn, account)) continue;
    strange.set(guid, { guid, account, fqdn });
  }
  if (strange.size === 0) return new Map();
  const holders = await holdersOf(
    [...new Set([...strange.values()].map(({ fqdn }) => fqdn))],
    session,
    bases,
  );
  return new Map(
    [...strange.values()].map((one) => {
      const others = (holders.get(one.fqdn) ?? []).filter(({ guid }) => guid !== one.guid);
      return [one.guid, remark(one, others)];
    }),
  );
}

interface Holder {
  guid: string;
  account: string;
}

function remark(
  { account, fqdn }: { account: string; fqdn: string },
  others: readonly Holder[],
): ImportMessage {
  const owner = others.find((other) => fitsAccount(fqdn, other.account));
  if (owner) {
    return importMessage('DNS_NAME_TWICE', 'row.dnsOwnedByOther', { account, fqdn, other: owner.account });
  }
  const [rival] = others;
  return rival
    ? importMessage('DNS_NAME_TWICE', 'row.dnsOwnedByNobody', { fqdn, other: rival.account })
    : importMessage('NAME_FQDN_MISMATCH', 'row.accountMismatch', { account, fqdn });
}

/** The computers that have some DNS names, by name. */
async function holdersOf(
  names: readonly string[],
  session: DirectorySession,
  bases: readonly string[],
): Promise<Map<string, Holder[]>> {
  const found = new Map<string, Map<string, Holder>>();
  for (let first = 0; first < names.length; first += NAMES_AT_ONCE) {
    const some = names.slice(first, first + NAMES_AT_ONCE);
    const filter = new AndFilter({
      filters: [
        new EqualityFilter({ attribute: 'objectCategory', value: 'computer' }),
        new OrFilter({
          filters: some.map((value) => new EqualityFilter({ attribute: 'dNSHostName', value })),
        }),
      ],
    });
    for (const base of bases) {
      for await (const page of session.pages({ base, filter, attributes: ATTRIBUTES, binary: BINARY })) {
        for (const entry of page) {
          const [guid, fqdn, account] = [
            guidOf(bytesOf(entry['objectGUID'])),
            dnsNameOf(entry),
            accountOf(entry),
          ];
          if (guid === null || fqdn === null) continue;
          if (passedOver({ dn: entry.dn, account, isClusterName: false })) continue;
          found.set(fqdn, (found.get(fqdn) ?? new Map<string, Holder>()).set(guid, { guid, account }));
        }
      }
    }
  }
  return new Map([...found].map(([fqdn, holders]) => [fqdn, [...holders.values()]]));
}
