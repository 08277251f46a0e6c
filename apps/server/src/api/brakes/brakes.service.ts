import { Injectable } from '@nestjs/common';
import {
  DomainError,
  inScope,
  invalid,
  sameScope,
  type Brake,
  type BrakeId,
  type BrakeScope,
  type Caller,
  type Fault,
  type TenantId,
} from '#domain';
import {
  AccountRepository,
  BrakeRepository,
  ClientReleaseRepository,
  DistributionPointRepository,
  updateWithRetry,
} from '#persistence';
import type { TextKey } from '#texts';
import { BrakeTrips } from '../../engine/brakes/brake-trips.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { ChangeFeed } from '../../platform/events/change-feed.js';
import type { IdempotentCreate } from '../../platform/http/idempotent-create.js';

const MISSING = 'notFound.brake';

/** Brakes as people set and release them. Those that failures trip: the engine. */
@Injectable()
export class BrakesService {
  constructor(
    private readonly brakes: BrakeRepository,
    private readonly accounts: AccountRepository,
    private readonly releases: ClientReleaseRepository,
    private readonly dps: DistributionPointRepository,
    private readonly engine: BrakeTrips,
    private readonly audit: AuditService,
    private readonly feed: ChangeFeed,
  ) {}

  /** Opens a brake by hand. @throws DomainError VALIDATION_FAILED for an empty or unknown scope */
  async open(caller: Caller, scope: BrakeScope, reason: string, { id }: IdempotentCreate): Promise<Brake> {
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
    if (wanted.lifted) throw new DomainError('WRONG_STATE', 'brake.alreadyLifted', { who: wanted.lifted.by });
    if (wanted.tenant === null && caller.tenants !== 'all') {
      throw new DomainError('FORBIDDEN', 'brake.concernsAllTenants');
    }
    if (wanted.scope.account) await this.engine.resetFailures(wanted.scope.account);
    const lifted: Brake[] = [];
    for (const one of (await this.brakes.open()).filter(({ scope }) => sameScope(scope, wanted.scope))) {
      const { before, after } = await updateWithRetry(
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

  /** Whose a brake by hand is. @throws DomainError VALIDATION_FAILED */
  private async tenantOf(caller: Caller, { account, release, dp }: BrakeScope): Promise<TenantId | null> {
    const faults: Fault[] = [];
    const unknown = (part: string, key: TextKey): void => {
      faults.push({ path: `scope.${part}`, code: 'unknown', key });
    };
    if (account === null && release === null && dp === null)
      faults.push({
        path: 'scope',
        code: 'required',
        key: 'fault.brakeScope',
      });
    const theAccount = account && (await this.accounts.findById(caller.tenants, account));
    const theDp = dp && (await this.dps.findById(caller.tenants, dp));
    if (account && !theAccount) unknown('account', 'fault.unknownAccount');
    if (dp && !theDp) unknown('dp', 'fault.unknownDp');
    if (release && !(await this.releases.findById(release))) unknown('release', 'fault.unknownRelease');
    if (faults.length > 0) throw invalid(faults);
    const tenant = (theAccount || null)?.tenant ?? (theDp || null)?.tenant ?? null;
    if (tenant === null && caller.tenants !== 'all') {
      throw new DomainError('FORBIDDEN', 'brake.otherTenants');
    }
    if (tenant !== null && !inScope(caller.tenants, tenant)) throw new DomainError('NOT_FOUND', MISSING);
    return tenant;
  }
}
