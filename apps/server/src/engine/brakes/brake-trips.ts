import { createHash } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import {
  type Account,
  ACCOUNT_FAILURES,
  type AccountId,
  type AccountUse,
  blamesAccount,
  type Brake,
  type BrakeEvidence,
  type BrakeId,
  brakeOnRelease,
  type BrakeScope,
  coversDp,
  endLogin,
  type FailureCode,
  type InstallOrder,
  type OrderId,
  sameScope,
  type TenantId,
  used,
} from '#domain';
import { AccountRepository, BrakeRepository, retryWhenBeaten } from '#persistence';
import { AuditService } from '../../platform/audit/audit.service.js';
import { ChangeFeed } from '../../platform/events/change-feed.js';

/** Who opens brakes without being asked. */
const SERVER = 'server';

/** What a report told of an order's accounts and end. */
export interface ReportedOutcome {
  order: InstallOrder;
  round: number;
  at: Date;
  accounts: readonly { account: string; result: FailureCode | 'OK' }[];
  failure: FailureCode | null;
  /** Nothing more is to come of its login. */
  isPastLogin: boolean;
}

/**
 * Trips brakes by what reports say. Everything that reports cause may be told twice.
 */
@Injectable()
export class BrakeTrips {
  private readonly log = new Logger(BrakeTrips.name);

  constructor(
    private readonly brakes: BrakeRepository,
    private readonly accounts: AccountRepository,
    private readonly audit: AuditService,
    private readonly feed: ChangeFeed,
  ) {}

  /**
   * Notes what came of accounts and releases, and opens the brakes that follow from it.
   *
   * @returns tenants whose orders may have waited for that, of a login or of a brake
   */
  async recordOutcomes(told: readonly ReportedOutcome[], now: Date): Promise<ReadonlySet<TenantId>> {
    const freed = await this.recordAccountOutcomes(told, now);
    for (const { order, failure, at } of told) {
      if (failure === null) continue;
      const scope = brakeOnRelease(
        order,
        failure,
        failure === 'DIGEST_MISMATCH' ? await this.brakes.open() : [],
      );
      if (scope) await this.trip(null, scope, failure, [evidenceOf(order, failure, at)], now);
    }
    return freed;
  }

  private async recordAccountOutcomes(told: readonly ReportedOutcome[], now: Date): Promise<Set<TenantId>> {
    const freed = new Set<TenantId>();
    const uses = new Map<AccountId, { order: InstallOrder; use: AccountUse }[]>();
    const ended = new Map<AccountId, OrderId[]>();
    for (const { order, round, at, accounts, isPastLogin } of told) {
      if (isPastLogin)
        for (const account of order.logins ?? [])
          ended.set(account, [...(ended.get(account) ?? []), order.id]);
      for (const { account, result } of accounts) {
        const list = uses.get(account as AccountId) ?? [];
        list.push({ order, use: { order: order.id, round, at, result } });
        uses.set(account as AccountId, list);
      }
    }
    if (uses.size + ended.size === 0) return freed;
    for (const account of await this.accounts.findByIds([...new Set([...uses.keys(), ...ended.keys()])])) {
      // a DP can only speak of accounts that it could have used
      const own = (uses.get(account.id) ?? []).filter(
        ({ order }) => order.tenant === account.tenant && coversDp(account, order.dp),
      );
      const after = await this.noteUses(
        account,
        own.map(({ use }) => use),
        ended.get(account.id) ?? [],
      );
      // whoever looks counts the places itself: what was learnt here may have been learnt beside others
      if (after.revision !== account.revision) freed.add(account.tenant);
      if (after.failures.length < ACCOUNT_FAILURES) continue;
      const last = own.findLast(({ use }) => use.result !== 'OK');
      const code = after.failures.at(-1)?.result ?? 'OK';
      if (!last || code === 'OK') continue;
      const scope = { account: account.id, release: null, dp: null };
      const evidence = after.failures.flatMap(({ order, at, result }) =>
        result === 'OK' ? [] : [{ tenant: account.tenant, order, dp: last.order.dp, code: result, at }],
      );
      await this.trip(account.tenant, scope, code, evidence, now);
      // what waited for a login waits for the brake now, and says so
      freed.add(account.tenant);
    }
    return freed;
  }

  private noteUses(
    account: Account,
    uses: readonly AccountUse[],
    ended: readonly OrderId[],
  ): Promise<Account> {
    let before: Account | undefined = account;
    return retryWhenBeaten(`account ${account.id}`, async () => {
      if (!before) return { ...account, failures: [] };
      const learnt: Account = uses.reduce((so, use) => used(so, use, blamesAccount), before);
      const wanted: Account = ended.reduce(endLogin, learnt);
      if (wanted === before) return before;
      const written = await this.accounts.replace(wanted);
      if (written) return written;
      [before] = await this.accounts.findByIds([account.id]);
      return undefined;
    });
  }

  private async trip(
    tenant: TenantId | null,
    scope: BrakeScope,
    cause: FailureCode,
    evidence: readonly BrakeEvidence[],
    now: Date,
  ): Promise<void> {
    if ((await this.brakes.open()).some((brake) => sameScope(brake.scope, scope))) return;
    const id = idOf(scope, evidence);
    const brake: Brake = {
      id,
      tenant,
      scope,
      cause,
      // said by the API, from cause and evidence
      reason: cause,
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

  /** Gives an account a clean record. @throws OptimisticLockError */
  async resetFailures(id: AccountId): Promise<void> {
    await retryWhenBeaten(`account ${id}`, async () => {
      const [account] = await this.accounts.findByIds([id]);
      if (!account || account.failures.length === 0) return true;
      return (await this.accounts.replace({ ...account, failures: [] })) ? true : undefined;
    });
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
