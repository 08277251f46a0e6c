import {
  identityOf,
  nameKeyOf,
  type Computer,
  type ImportCandidate,
  type KnownComputers,
  type TenantId,
} from '#domain';
import type { ComputerRepository } from '#persistence';

/** Reads the known computers that a batch of rows may be about. */
export async function loadKnown(
  computers: ComputerRepository,
  tenant: TenantId,
  rows: readonly ImportCandidate[],
): Promise<KnownComputers> {
  const unique = (texts: readonly string[]): string[] => [...new Set(texts)];
  const guids = rows.filter((row) => row.guid !== null).map(identityOf);
  // A computer and its row have the same NetBIOS name, unless a directory says another one than the FQDN.
  const byKey = await computers.findByNameKeys(tenant, unique(rows.map(nameKeyOf)));
  const byName = await computers.findByNames(tenant, unique(rows.map((row) => row.name)));
  const byGuid = guids.length > 0 ? await computers.findByIdentities(tenant, unique(guids)) : [];
  return indexed([...byKey, ...byName, ...byGuid]);
}

function indexed(found: readonly Computer[]): KnownComputers {
  const identities = new Map<string, Computer>();
  const nameKeys = new Map<string, Computer>();
  const names = new Map<string, Computer[]>();
  for (const computer of new Map(found.map((one) => [one.id, one])).values()) {
    identities.set(computer.identity, computer);
    nameKeys.set(nameKeyOf(computer), computer);
    names.set(computer.name, [...(names.get(computer.name) ?? []), computer]);
  }
  return {
    byIdentity: (identity) => identities.get(identity),
    byNameKey: (key) => nameKeys.get(key),
    byName: (name) => names.get(name) ?? [],
  };
}
