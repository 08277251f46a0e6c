import {
  identityOf,
  nameKeyOf,
  type Computer,
  type ComputerId,
  type ImportCandidate,
  type KnownComputers,
  type TenantId,
} from '#domain';
import type { ComputerRepository } from '#persistence';

/** Up to this many rows are looked up by their names; for more, the names of all computers are read once. */
const FEW = 100;

/**
 * The tenant's computers, as a run of rows asks for them. A large import reads the names of all of them once (some 200
 * bytes each) and then only fetches those that its rows are about: asking the database for every batch by thousands of
 * names costs more, on a database without indexes for it a thousand times more. Computers that come later are found by the
 * commit.
 */
export class KnownLookup {
  private index: NameIndex | undefined;

  constructor(
    private readonly computers: ComputerRepository,
    private readonly tenant: TenantId,
  ) {}

  /** The known computers that these rows may be about, as they are now. */
  async of(rows: readonly ImportCandidate[]): Promise<KnownComputers> {
    if (!this.index && rows.length <= FEW) return await this.ofFew(rows);
    this.index ??= await NameIndex.read(this.computers, this.tenant);
    const ids = new Set<ComputerId>();
    for (const row of rows) this.index.idsOf(row, ids);
    return knownAmong(await this.computers.findByIds([this.tenant], [...ids]));
  }

  private async ofFew(rows: readonly ImportCandidate[]): Promise<KnownComputers> {
    const { computers, tenant } = this;
    const found = await Promise.all([
      computers.findByIdentities(tenant, unique(rows.map(identityOf))),
      computers.findByNameKeys(tenant, unique(rows.map(nameKeyOf))),
      computers.findByNames(tenant, unique(rows.map((row) => row.name))),
    ]);
    return knownAmong(found.flat());
  }
}

const unique = (texts: readonly string[]): string[] => [...new Set(texts)];

/** The computers that stand in the way of inserting these rows: those with the same identity or name. */
export async function loadHolders(
  computers: ComputerRepository,
  tenant: TenantId,
  rows: readonly ImportCandidate[],
): Promise<KnownComputers> {
  const found = await Promise.all([
    computers.findByIdentities(tenant, unique(rows.map(identityOf))),
    computers.findByNameKeys(tenant, unique(rows.map(nameKeyOf))),
  ]);
  return knownAmong(found.flat());
}

function knownAmong(found: readonly Computer[]): KnownComputers {
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

/** Which computers have a name or identity, by id. */
class NameIndex {
  private readonly byKey = new Map<string, ComputerId>();
  private readonly byName = new Map<string, ComputerId | ComputerId[]>();

  static async read(computers: ComputerRepository, tenant: TenantId): Promise<NameIndex> {
    const index = new NameIndex();
    for await (const { id, identity, nameKey, name } of computers.importKeys(tenant)) {
      index.byKey.set(nameKey, id);
      // An identity by name says what the name says already.
      if (identity.startsWith('ad:')) index.byKey.set(identity, id);
      const others = index.byName.get(name);
      index.byName.set(name, others === undefined ? id : [others, id].flat());
    }
    return index;
  }

  idsOf(row: ImportCandidate, into: Set<ComputerId>): void {
    for (const key of [identityOf(row), nameKeyOf(row)]) {
      const id = this.byKey.get(key);
      if (id !== undefined) into.add(id);
    }
    for (const id of [this.byName.get(row.name) ?? []].flat()) into.add(id);
  }
}
