import { createHash } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import {
  ACCOUNT_FAILURES,
  blamesAccount,
  brakeOnRelease,
  coversDp,
  DomainError,
  inScope,
  isProven,
  sameScope,
  used,
  type Account,
  type AccountId,
  type AccountUse,
  type Brake,
  type BrakeEvidence,
  type BrakeId,
  type BrakeScope,
  type FailureCode,
  type Fault,
  type InstallOrder,
  type TenantId,
} from '#domain';
import {
  AccountRepository,
  BrakeRepository,
  ClientReleaseRepository,
  DistributionPointRepository,
} from '#persistence';
import type { Caller } from '../access/caller.js';
import { AuditService } from '../audit/audit.service.js';
import { ChangeFeed } from '../events/change-feed.js';
import { changeGuarded } from '../guarded-change.js';
import type { Creation } from '../http/creation.js';
import { invalid } from '../http/request.pipe.js';
import { LostRace } from '../orders/lost-race.js';

const MISSING = 'There is no such brake.';
const TRIES = 5;
/** Who opens brakes without being asked. */
const SERVER = 'server';

/** What a report told of an order's accounts and end. */
export interface ToldOutcome {
  order: InstallOrder;
  round: number;
  at: Date;
  accounts: readonly { account: string; result: FailureCode | 'OK' }[];
  failure: FailureCode | null;
}

/**
 * Opens brakes by what reports say, and lets people open and lift them. Everything that reports cause may be told twice.
 */
@Injectable()
export class Brakes {
  private readonly log = new Logger(Brakes.name);

  constructor(
    private readonly brakes: BrakeRepository,
    private readonly accounts: AccountRepository,
    private readonly releases: ClientReleaseRepository,
    private readonly dps: DistributionPointRepository,
    private readonly audit: AuditService,
    private readonly feed: ChangeFeed,
  ) {}

  /**
   * Notes what came of accounts and releases, and opens the brakes that follow from it.
   *
   * @returns tenants one of whose accounts is known to work from now on
   */
  async learn(told: readonly ToldOutcome[], now: Date): Promise<TenantId[]> {
    const proven = await this.learnOfAccounts(told, now);
    for (const { order, failure, at } of told) {
      if (failure === null) continue;
      const scope = brakeOnRelease(
        order,
        failure,
        failure === 'DIGEST_MISMATCH' ? await this.brakes.open() : [],
      );
      if (scope) await this.pull(null, scope, failure, [evidenceOf(order, failure, at)], now);
    }
    return proven;
  }

  /** Opens a brake by hand. @throws DomainError VALIDATION_FAILED for an empty or unknown scope */
  async open(caller: Caller, scope: BrakeScope, reason: string, { id }: Creation): Promise<Brake> {
    const tenant = await this.tenantOf(caller, scope);
    const brake: Brake = {
      id: id as BrakeId,
      tenant,
      scope,
      cause: null,
      reason,
      evidence: [],
      openedBy: caller.name,
      openedAt: new Date(),
      lifted: null,
      revision: 0,
    };
    if (!(await this.brakes.insert(brake))) return this.get(caller, brake.id);
    await this.audit.record(
      caller,
      'brake.opened',
      `brake:${brake.id}`,
      { after: { scope, reason } },
      tenant,
    );
    this.feed.changed('brake', brake.id, tenant);
    return brake;
  }

  /** @throws DomainError NOT_FOUND */
  async get(caller: Caller, id: BrakeId): Promise<Brake> {
    const brake = await this.brakes.findById(caller.tenants, id);
    if (!brake) throw new DomainError('NOT_FOUND', MISSING);
    return brake;
  }

  /**
   * Lifts a brake, and every other open one of the same scope. Its account starts with a clean record.
   *
   * @returns the brakes that are lifted now
   * @throws DomainError NOT_FOUND; WRONG_STATE when it is lifted already; FORBIDDEN when it concerns other tenants too
   */
  async lift(caller: Caller, id: BrakeId, reason: string): Promise<Brake[]> {
    const wanted = await this.get(caller, id);
    if (wanted.lifted)
      throw new DomainError('WRONG_STATE', `The brake was lifted by ${wanted.lifted.by} already.`);
    if (wanted.tenant === null && caller.tenants !== 'all') {
      throw new DomainError(
        'FORBIDDEN',
        'This brake concerns every tenant; somebody who sees all of them has to lift it.',
      );
    }
    if (wanted.scope.account) await this.forgive(wanted.scope.account);
    const lifted: Brake[] = [];
    for (const one of (await this.brakes.open()).filter(({ scope }) => sameScope(scope, wanted.scope))) {
      const { before, after } = await changeGuarded(
        () => this.brakes.findById('all', one.id),
        (brake) => (brake.lifted ? null : { ...brake, lifted: { by: caller.name, at: new Date(), reason } }),
        (brake) => this.brakes.replace(brake),
        MISSING,
      );
      lifted.push(after);
      if (after === before) continue;
      await this.audit.record(
        caller,
        'brake.lifted',
        `brake:${one.id}`,
        { before: { scope: one.scope, reason: one.reason, lifted: null }, after: { lifted: after.lifted } },
        one.tenant,
      );
      this.feed.changed('brake', one.id, one.tenant);
    }
    return lifted;
  }

  private async learnOfAccounts(told: readonly ToldOutcome[], now: Date): Promise<TenantId[]> {
    const uses = new Map<AccountId, { order: InstallOrder; use: AccountUse }[]>();
    for (const { order, round, at, accounts } of told) {
      for (const { account, result } of accounts) {
        const list = uses.get(account as AccountId) ?? [];
        list.push({ order, use: { order: order.id, round, at, result } });
        uses.set(account as AccountId, list);
      }
    }
    if (uses.size === 0) return [];
    const proven = new Set<TenantId>();
    for (const account of await this.accounts.findByIds([...uses.keys()])) {
      // a DP can only speak of accounts that it could have used
      const own = (uses.get(account.id) ?? []).filter(
        ({ order }) => order.tenant === account.tenant && coversDp(account, order.dp),
      );
      const after = await this.noteUses(
        account,
        own.map(({ use }) => use),
      );
      if (isProven(after) && !isProven(account)) proven.add(account.tenant);
      if (after.failures.length < ACCOUNT_FAILURES) continue;
      const last = own.findLast(({ use }) => use.result !== 'OK');
      const code = after.failures.at(-1)?.result ?? 'OK';
      if (!last || code === 'OK') continue;
      const scope = { account: account.id, release: null, dp: null };
      const evidence = after.failures.flatMap(({ order, at, result }) =>
        result === 'OK' ? [] : [{ tenant: account.tenant, order, dp: last.order.dp, code: result, at }],
      );
      await this.pull(account.tenant, scope, code, evidence, now);
    }
    return [...proven];
  }

  private async noteUses(account: Account, uses: readonly AccountUse[]): Promise<Account> {
    let before: Account | undefined = account;
    for (let attempt = 0; attempt < TRIES && before; attempt += 1) {
      const wanted: Account = uses.reduce((so, use) => used(so, use, blamesAccount), before);
      if (wanted === before) return before;
      const written = await this.accounts.replace(wanted);
      if (written) return written;
      [before] = await this.accounts.findByIds([account.id]);
    }
    if (!before) return { ...account, failures: [] };
    throw new LostRace(`account ${account.id}`);
  }

  private async pull(
    tenant: TenantId | null,
    scope: BrakeScope,
    cause: FailureCode,
    evidence: readonly BrakeEvidence[],
    now: Date,
  ): Promise<void> {
    if ((await this.brakes.open()).some((brake) => sameScope(brake.scope, scope))) return;
    const id = idOf(scope, evidence);
    const reason = `${cause} at order${evidence.length > 1 ? 's' : ''} ${evidence.map(({ order }) => order).join(', ')}`;
    const brake: Brake = {
      id,
      tenant,
      scope,
      cause,
      reason,
      evidence,
      openedBy: SERVER,
      openedAt: now,
      lifted: null,
      revision: 0,
    };
    // a report that comes again must not open what somebody has lifted
    if (!(await this.brakes.insert(brake))) return;
    this.log.warn({ brake: id, scope, cause }, 'brake opened');
    await this.audit.record(
      null,
      'brake.opened',
      `brake:${id}`,
      { after: { scope, cause, evidence } },
      tenant,
    );
    this.feed.changed('brake', id, tenant);
  }

  private async forgive(id: AccountId): Promise<void> {
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const [account] = await this.accounts.findByIds([id]);
      if (!account || account.failures.length === 0) return;
      if (await this.accounts.replace({ ...account, failures: [], trials: [] })) return;
    }
    throw new LostRace(`account ${id}`);
  }

  /** Whose a brake by hand is. @throws DomainError VALIDATION_FAILED */
  private async tenantOf(caller: Caller, { account, release, dp }: BrakeScope): Promise<TenantId | null> {
    const faults: Fault[] = [];
    const unknown = (part: string, what: string): void => {
      faults.push({ path: `scope.${part}`, code: 'unknown', message: `is not a known ${what}` });
    };
    if (account === null && release === null && dp === null)
      faults.push({
        path: 'scope',
        code: 'required',
        message: 'must name an account, a release or a distribution point',
      });
    const theAccount = account && (await this.accounts.findById(caller.tenants, account));
    const theDp = dp && (await this.dps.findById(caller.tenants, dp));
    if (account && !theAccount) unknown('account', 'account');
    if (dp && !theDp) unknown('dp', 'distribution point');
    if (release && !(await this.releases.findById(release))) unknown('release', 'client release');
    if (faults.length > 0) throw invalid(faults);
    const tenant = (theAccount || null)?.tenant ?? (theDp || null)?.tenant ?? null;
    if (tenant === null && caller.tenants !== 'all') {
      throw new DomainError('FORBIDDEN', 'Such a brake would stop orders of other tenants as well.');
    }
    if (tenant !== null && !inScope(caller.tenants, tenant)) throw new DomainError('NOT_FOUND', MISSING);
    return tenant;
  }
}

function evidenceOf({ tenant, id, dp }: InstallOrder, code: FailureCode, at: Date): BrakeEvidence {
  return { tenant, order: id, dp, code, at };
}

/** The same evidence always makes the same brake. */
function idOf(scope: BrakeScope, evidence: readonly BrakeEvidence[]): BrakeId {
  const parts = [
    scope.account,
    scope.release,
    scope.dp,
    ...evidence.map(({ order, at }) => `${order} ${at.getTime()}`),
  ];
  return `b-${createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22)}` as BrakeId;
}
