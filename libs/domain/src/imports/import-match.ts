import type { Computer } from '../computers/computer.js';
import { mayBeSameHost } from '../computers/host-name.js';
import { identityByGuid, nameKeyOf } from './computer-name.js';
import type { ImportCandidate } from './import-candidate.js';

type Named = Pick<ImportCandidate, 'name' | 'hostName' | 'fqdn' | 'guid'>;

/** Known computers of the tenant that a batch of rows may be about. */
export interface KnownComputers {
  byIdentity(identity: string): Computer | undefined;
  byNameKey(nameKey: string): Computer | undefined;
  /** All with this NetBIOS name. */
  byName(name: string): readonly Computer[];
}

/** How a row and a known computer belong together. */
export type ImportMatch =
  | { kind: 'none'; sameName: Computer | null }
  | { kind: 'known'; computer: Computer }
  /** A computer known by name only turns out to be this object of a directory, or the other way round. */
  | { kind: 'linked'; computer: Computer }
  /** The name belongs to another object of a directory. */
  | { kind: 'taken'; by: Computer };

export const fromDirectory = (computer: Computer): boolean => computer.identity.startsWith('ad:');

/**
 * Finds the computer that a row is about: a row of a directory by objectGUID, a row of a file
 * by FQDN, else by host name. Rows of both kinds find each other by name, so that no machine is known twice; the host name
 * alone, or what NetBIOS leaves of it, ties them only while one side knows no FQDN and nobody else may be meant.
 */
export function matchRow(row: Named, known: KnownComputers): ImportMatch {
  const sameName = known.byName(row.name).filter((one) => mayBeSameHost(one.hostName, row.hostName));
  if (row.guid !== null) {
    const object = known.byIdentity(identityByGuid(row.guid));
    if (object) return { kind: 'known', computer: object };
  }
  const byKey = known.byNameKey(nameKeyOf(row));
  if (byKey) {
    if (row.guid === null) return { kind: 'known', computer: byKey };
    return fromDirectory(byKey) ? { kind: 'taken', by: byKey } : { kind: 'linked', computer: byKey };
  }
  const others = sameName.filter((computer) => fromDirectory(computer) !== (row.guid !== null));
  const [other] = others;
  if (other && others.length === 1 && (other.fqdn === null || row.fqdn === null)) {
    return { kind: 'linked', computer: other };
  }
  return { kind: 'none', sameName: sameName[0] ?? null };
}
