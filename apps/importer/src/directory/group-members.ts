import { EqualityFilter, AndFilter, type Entry } from 'ldapts';
import { ImportFailure } from '../runs/import-failure.js';
import type { DirectorySession } from './directory-session.js';
import { bytesOf, numberOf, ridOf, sameDn, textsOf } from './directory-values.js';

const ATTRIBUTES = ['objectSid'];
/** Groups in groups that are followed: a directory of 10,000 groups is a large one. */
const MOST_GROUPS = 10_000;

/**
 * Who belongs to some groups: the groups themselves and, on request, those within them. Asked from the computers' side
 * (`memberOf`): `member` of a large group comes in pieces only, and the rule that follows nesting in the server
 * (LDAP_MATCHING_RULE_IN_CHAIN) looks at every object of the domain.
 */
export class GroupMembers {
  private constructor(
    private readonly dns: ReadonlySet<string>,
    /** A primary group never appears in `memberOf`; it is a number of its own. */
    private readonly rids: ReadonlySet<number>,
  ) {}

  /**
   * @param bases where groups within groups are looked for: the naming contexts
   * @throws ImportFailure GROUP_NOT_FOUND
   */
  static async of(
    groups: readonly string[],
    nested: boolean,
    session: DirectorySession,
    bases: readonly string[],
  ): Promise<GroupMembers> {
    const dns = new Set<string>();
    const rids = new Set<number>();
    let open: string[] = [];
    const add = (entry: Entry): void => {
      if (dns.has(sameDn(entry.dn))) return;
      dns.add(sameDn(entry.dn));
      const rid = ridOf(bytesOf(entry['objectSid']));
      if (rid !== null) rids.add(rid);
      if (nested) open.push(entry.dn);
    };
    for (const dn of groups) {
      const entry = await session.entry({ base: dn, attributes: ATTRIBUTES, binary: ATTRIBUTES });
      if (!entry)
        throw new ImportFailure('GROUP_NOT_FOUND', 'directory.groupNotFound', { group: dn.slice(0, 500) });
      add(entry);
    }
    while (open.length > 0 && dns.size < MOST_GROUPS) {
      const outer = open;
      open = [];
      for (const dn of outer) for await (const entry of groupsIn(dn, session, bases)) add(entry);
    }
    return new GroupMembers(dns, rids);
  }

  has(computer: Entry): boolean {
    if (textsOf(computer['memberOf']).some((dn) => this.dns.has(sameDn(dn)))) return true;
    const primary = numberOf(computer['primaryGroupID']);
    return primary !== null && this.rids.has(primary);
  }
}

/** The groups that are members of a group. */
async function* groupsIn(
  group: string,
  session: DirectorySession,
  bases: readonly string[],
): AsyncGenerator<Entry> {
  const isMember = new EqualityFilter({ attribute: 'memberOf', value: group });
  const isGroup = new EqualityFilter({ attribute: 'objectClass', value: 'group' });
  const filter = new AndFilter({ filters: [isGroup, isMember] });
  for (const base of bases) {
    for await (const page of session.pages({ base, filter, attributes: ATTRIBUTES, binary: ATTRIBUTES }))
      yield* page;
  }
}

/** The domains that some names are in: the ends of the names, from their first DC part on. */
export function domainsOf(dns: readonly string[]): string[] {
  const ends = dns.map((dn) => /(?:^|,)\s*(DC=.*)$/i.exec(dn)?.[1] ?? dn);
  return [...new Map(ends.map((end) => [sameDn(end), end])).values()];
}
