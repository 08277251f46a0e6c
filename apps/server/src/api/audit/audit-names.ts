import { Injectable } from '@nestjs/common';
import {
  type AccountId,
  type AuditEntry,
  type ComputerId,
  type DirectoryId,
  type Grant,
  type ImportRunId,
  inScope,
  isWithin,
  type OrderId,
  type RolloutId,
} from '#domain';
import {
  AccountRepository,
  ComputerRepository,
  DirectoryRepository,
  ImportRunRepository,
  OrderRepository,
  RolloutRepository,
  UserRepository,
} from '#persistence';

type Names = ReadonlyMap<string, string>;

/** Ids of a list that are looked up: a bulk has thousands, of which nobody reads each. */
const LISTED = 20;
const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What audit entries are about, and what they tell of, is called; whose ids are names already are not here. */
@Injectable()
export class AuditNames {
  constructor(
    private readonly accounts: AccountRepository,
    private readonly computers: ComputerRepository,
    private readonly directories: DirectoryRepository,
    private readonly imports: ImportRunRepository,
    private readonly orders: OrderRepository,
    private readonly rollouts: RolloutRepository,
    private readonly users: UserRepository,
  ) {}

  /**
   * @returns the names by target, such as `computer:…`, also of the computers, orders, rollouts and accounts that stand in an entry's
   * data; what is gone, or not the caller's to see, has none
   */
  async of(caller: Grant, entries: readonly AuditEntry[]): Promise<Names> {
    const scope = caller.tenants;
    const ids = (kind: string): string[] => [
      ...new Set(
        entries.flatMap(({ target }) => (target.startsWith(`${kind}:`) ? target.slice(kind.length + 1) : [])),
      ),
    ];
    // an id in an entry's data does not say of what
    const told = entries.flatMap(({ data }) => [...idsIn(data)]);
    const orAny = (kind: string): string[] => [...new Set([...ids(kind), ...told])];
    const orders = await this.orders.findByIds(orAny('order') as OrderId[]);
    const wanted = [...(orAny('computer') as ComputerId[]), ...orders.map(({ computer }) => computer)];
    const [computers, accounts, rollouts, directories, imports, users] = await Promise.all([
      this.computers.findByIds(scope, [...new Set(wanted)]),
      this.accounts.findByIds(orAny('account') as AccountId[]),
      this.rollouts.findByIds(scope, orAny('rollout') as RolloutId[]),
      each(ids('directory'), (id) => this.directories.findById(scope, id as DirectoryId)),
      each(ids('import'), (id) => this.imports.findById(scope, id as ImportRunId)),
      each(ids('user'), (id) => this.users.findById(id)),
    ]);
    const hosts = new Map(computers.map(({ id, hostName }) => [id, hostName]));
    return new Map(
      [
        ...computers.map(({ id, hostName }) => [`computer:${id}`, hostName] as const),
        ...orders.map(({ id, computer }) => [`order:${id}`, hosts.get(computer)] as const),
        ...accounts
          .filter(({ tenant }) => inScope(scope, tenant))
          .map(({ id, label }) => [`account:${id}`, label] as const),
        ...rollouts.map(({ id, name }) => [`rollout:${id}`, name] as const),
        ...directories.map(({ id, name }) => [`directory:${id}`, name] as const),
        ...imports.map(({ id, file }) => [`import:${id}`, file?.name] as const),
        ...users
          .filter((user) => isWithin(caller, user))
          .map(({ id, name }) => [`user:${id}`, name] as const),
      ].flatMap(([target, name]) => (name === undefined ? [] : [[target, name] as const])),
    );
  }
}

/** The names by id of what an entry tells of. */
export function namesIn({ data }: AuditEntry, names: Names): Record<string, string> {
  return Object.fromEntries(
    Array.from(idsIn(data)).flatMap((id) => {
      const name = KINDS_TOLD.map((kind) => names.get(`${kind}:${id}`)).find((one) => one !== undefined);
      return name === undefined ? [] : [[id, name]];
    }),
  );
}
const KINDS_TOLD = ['computer', 'order', 'rollout', 'account'];

function* idsIn(value: unknown): Generator<string> {
  if (typeof value === 'string') {
    if (ID.test(value)) yield value;
  } else if (Array.isArray(value)) {
    for (const one of value.slice(0, LISTED)) yield* idsIn(one);
  } else if (typeof value === 'object' && value !== null) {
    for (const one of Object.values(value)) yield* idsIn(one);
  }
}

/** A page names few of them. */
async function each<T>(ids: readonly string[], find: (id: string) => Promise<T | null>): Promise<T[]> {
  const found = await Promise.all(ids.map(find));
  return found.filter((one) => one !== null);
}
