import { setImmediate } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import {
  type Caller,
  DomainError,
  type DpId,
  type Fault,
  inScope,
  invalid,
  type LocationCondition,
  type LocationData,
  type LocationOverlap,
  type LocationRule,
  type LocationRuleId,
  overlapOf,
  parseCondition,
  serves,
  type TenantId,
} from '#domain';
import {
  DistributionPointRepository,
  LocationRuleRepository,
  TenantRepository,
  updateWithRetry,
} from '#persistence';
import { AuditService } from '../../platform/audit/audit.service.js';
import type { IdempotentCreate } from '../../platform/http/idempotent-create.js';
import { assertRevision } from '../../platform/http/if-match.js';
import {
  LocationChoicesService,
  type LocationChoice,
} from '../../engine/location/location-choices.service.js';

const MISSING = 'notFound.locationRule';
/** Pairs looked at before others get their turn. */
const PAIRS_IN_A_ROW = 500;

export interface LocationRuleInput {
  dp: DpId;
  /** Null: the tenant of the DP. */
  tenant: TenantId | null;
  priority: number;
  name: string | null;
  when: unknown;
}

export type LocationRuleChange = Partial<Omit<LocationRuleInput, 'tenant'>>;

/** Location rules: which DP serves a registered client (R10). */
@Injectable()
export class LocationRulesService {
  constructor(
    private readonly rules: LocationRuleRepository,
    private readonly dps: DistributionPointRepository,
    private readonly tenants: TenantRepository,
    private readonly choices: LocationChoicesService,
    private readonly audit: AuditService,
  ) {}

  /** @throws DomainError VALIDATION_FAILED with every fault */
  async create(caller: Caller, wish: LocationRuleInput, creation: IdempotentCreate): Promise<LocationRule> {
    const { dp, priority, name } = wish;
    const tenant = wish.tenant ?? (await this.dps.findById(caller.tenants, dp))?.tenant ?? null;
    const read = readCondition(wish.when);
    const faults = [...(await this.placeFaults(caller, dp, tenant)), ...read.faults];
    if (faults.length > 0 || tenant === null || !read.condition) throw invalid(faults);
    const id = creation.id as LocationRuleId;
    const rule: LocationRule = {
      id,
      tenant,
      dp,
      name,
      priority,
      when: read.condition,
      createdAt: new Date(),
      revision: 0,
    };
    // After a crash the first run's rule may be there already: it is this one.
    if (!(await this.rules.insert(rule))) return this.get(caller, id);
    await this.audit.record(
      caller,
      'location-rule.created',
      `location-rule:${id}`,
      { after: summary(rule) },
      tenant,
    );
    return rule;
  }

  /** Null: there is none that the caller may see. */
  find(caller: Caller, id: LocationRuleId): Promise<LocationRule | null> {
    return this.rules.findById(caller.tenants, id);
  }

  /** @throws DomainError NOT_FOUND */
  async get(caller: Caller, id: LocationRuleId): Promise<LocationRule> {
    const rule = await this.find(caller, id);
    if (!rule) throw new DomainError('NOT_FOUND', MISSING);
    return rule;
  }

  async change(
    caller: Caller,
    id: LocationRuleId,
    change: LocationRuleChange,
    revision: number | null,
  ): Promise<LocationRule> {
    const { before, after } = await updateWithRetry(
      () => this.rules.findById(caller.tenants, id),
      async (rule) => {
        assertRevision(rule, revision);
        const { dp = rule.dp, priority = rule.priority, name = rule.name } = change;
        const read =
          change.when === undefined ? { condition: rule.when, faults: [] } : readCondition(change.when);
        const faults = [...(await this.placeFaults(caller, dp, rule.tenant)), ...read.faults];
        if (faults.length > 0 || !read.condition) throw invalid(faults);
        return { ...rule, dp, priority, name, when: read.condition };
      },
      (rule) => this.rules.replace(rule),
      MISSING,
    );
    const data = { before: summary(before), after: summary(after) };
    await this.audit.record(caller, 'location-rule.changed', `location-rule:${id}`, data, after.tenant);
    return after;
  }

  async remove(caller: Caller, id: LocationRuleId, revision: number | null): Promise<void> {
    const rule = await this.get(caller, id);
    assertRevision(rule, revision);
    if (!(await this.rules.remove(id, rule.revision))) {
      throw new DomainError('REVISION_STALE', 'changed.locationRule');
    }
    await this.audit.record(
      caller,
      'location-rule.deleted',
      `location-rule:${id}`,
      { before: summary(rule) },
      rule.tenant,
    );
  }

  /** What the rules make of some location data. Changes nothing. */
  async explain(
    caller: Caller,
    tenant: TenantId,
    location: LocationData,
    current: DpId | null,
  ): Promise<LocationChoice> {
    if (!(await this.tenants.findById(caller.tenants, tenant))) throw invalid([UNKNOWN_TENANT]);
    return this.choices.choose(tenant, location, current);
  }

  /** Pairs of rules of different DPs that one client can match both: a warning, not an error. */
  async overlaps(caller: Caller, tenant: TenantId | null): Promise<LocationOverlap[]> {
    const rules = (await this.rules.list(caller.tenants)).filter(
      (rule) => tenant === null || rule.tenant === tenant,
    );
    const overlaps: LocationOverlap[] = [];
    let pairs = 0;
    for (const [index, a] of rules.entries()) {
      for (const b of rules.slice(index + 1)) {
        if (a.tenant !== b.tenant) continue;
        const overlap = overlapOf(a, b);
        if (overlap) overlaps.push(overlap);
        pairs += 1;
        if (pairs % PAIRS_IN_A_ROW === 0) await setImmediate();
      }
    }
    return overlaps;
  }

  private async placeFaults(caller: Caller, id: DpId, tenant: TenantId | null): Promise<Fault[]> {
    const dp = await this.dps.findById(caller.tenants, id);
    if (!dp) return [{ path: 'dp', code: 'unknown', key: 'fault.unknownDp' }];
    if (tenant === null) {
      return [{ path: 'tenant', code: 'required', key: 'fault.tenantNeeded' }];
    }
    const known = inScope(caller.tenants, tenant) && (await this.tenants.findById(caller.tenants, tenant));
    if (!known) return [UNKNOWN_TENANT];
    return serves(dp, tenant)
      ? []
      : [{ path: 'dp', code: 'unknown', key: 'fault.dpOfOtherTenant', params: { tenant } }];
  }
}

const UNKNOWN_TENANT: Fault = { path: 'tenant', code: 'unknown', key: 'fault.unknownTenant' };

function readCondition(when: unknown): { condition?: LocationCondition; faults: Fault[] } {
  const read = parseCondition(when);
  return 'faults' in read ? read : { ...read, faults: [] };
}

function summary({ dp, tenant, priority, name, when }: LocationRule): Record<string, unknown> {
  return { dp, tenant, priority, name, when };
}
