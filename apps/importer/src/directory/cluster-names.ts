import { AndFilter, EqualityFilter, SubstringFilter } from 'ldapts';
import type { DirectoryCursor } from '#domain';
import { changedSince } from './computer-entries.js';
import type { DirectorySession } from './directory-session.js';
import { bytesOf, guidOf } from './directory-values.js';

/**
 * The GUIDs of objects that are names of failover clusters. One search for the few there are: reading the service names of
 * every computer would double what a directory has to send.
 *
 * @param cursor only those that have changed since; null: all
 */
export async function clusterNames(
  session: DirectorySession,
  bases: readonly string[],
  cursor: DirectoryCursor | null,
): Promise<ReadonlySet<string>> {
  const isName = new AndFilter({
    filters: [
      new EqualityFilter({ attribute: 'objectCategory', value: 'computer' }),
      new SubstringFilter({ attribute: 'servicePrincipalName', initial: 'MSClusterVirtualServer/' }),
    ],
  });
  const filter = changedSince(isName, cursor);
  const found = new Set<string>();
  const binary = ['objectGUID'];
  for (const base of bases) {
    for await (const page of session.pages({ base, filter, attributes: binary, binary })) {
      for (const entry of page) {
        const guid = guidOf(bytesOf(entry['objectGUID']));
        if (guid !== null) found.add(guid);
      }
    }
  }
  return found;
}
