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

/** What the targets of audit entries are called; whose ids are names already are not here. */
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

  /** @returns the names by target, such as `computer:…`; what is gone, or not the caller's to see, has none */
  async of(caller: Grant, entries: readonly AuditEntry[]): Promise<Names> {
    const scope = caller.tenants;
    const ids = (kind: string): string[] => [
      ...new Set(
        entries.flatMap(({ target }) => (target.startsWith(`${kind}:`) ? target.slice(kind.length + 1) : [])),
      ),
    ];
    const orders = await this.orders.findByIds(ids('order') as OrderId[]);
    const wanted = [...(ids('computer') as ComputerId[]), ...orders.map(({ computer }) => computer)];
    const [computers, accounts, rollouts, directories, imports, users] = await Promise.all([
      this.computers.findByIds(scope, [...new Set(wanted)]),
      this.accounts.findByIds(ids('account') as AccountId[]),
      this.rollouts.findByIds(scope, ids('rollout') as RolloutId[]),
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

/** A page names few of them. */
async function each<T>(ids: readonly string[], find: (id: string) => Promise<T | null>): Promise<T[]> {
  const found = await Promise.all(ids.map(find));
  return found.filter((one) => one !== null);
}
