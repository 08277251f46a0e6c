import { setImmediate } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import {
  asAssignmentCondition,
  asLocationCondition,
  ASSIGNMENT_POSITION_STEP,
  assignmentOverlap,
  type Assigned,
  type AssignmentCondition,
  type AssignmentOverlap,
  type AssignmentRule,
  type AssignmentRuleId,
  type Caller,
  type DirectoryId,
  DomainError,
  dpOfTarget,
  type Fault,
  invalid,
  inScope,
  type LocationRule,
  type LocationRuleId,
  MOST_ASSIGNMENT_RULES,
  parseAssignmentCondition,
  reordered,
  type TenantId,
} from '#domain';
import {
  AssignmentRuleRepository,
  DirectoryRepository,
  TenantRepository,
  updateWithRetry,
} from '#persistence';
import { AuditService } from '../../platform/audit/audit.service.js';
import type { IdempotentCreate } from '../../platform/http/idempotent-create.js';
import { assertRevision } from '../../platform/http/if-match.js';
import { LocationRulesService } from '../location-rules/location-rules.service.js';
import { AssignableDps } from './assignable-dps.service.js';

const MISSING = 'notFound.assignmentRule';
/** Pairs looked at before others get their turn. */
const PAIRS_IN_A_ROW = 50;

export interface AssignmentRuleInput {
  tenant: TenantId;
  directory: DirectoryId | null;
  name: string;
  /** Null: behind all others. */
  position: number | null;
  when: unknown;
  assigned: Assigned;
}

export type AssignmentRuleChange = Partial<Omit<AssignmentRuleInput, 'tenant'>>;

/** Assignment rules: which DP the rows of an import get. */
@Injectable()
export class AssignmentRulesService {
  constructor(
    private readonly rules: AssignmentRuleRepository,
    private readonly dps: AssignableDps,
    private readonly directories: DirectoryRepository,
    private readonly tenants: TenantRepository,
    private readonly locationRules: LocationRulesService,
    private readonly audit: AuditService,
  ) {}

  /** @throws DomainError VALIDATION_FAILED with every fault */
  async create(
    caller: Caller,
    wish: AssignmentRuleInput,
    creation: IdempotentCreate,
  ): Promise<AssignmentRule> {
    const { tenant, directory, name, assigned } = wish;
    const id = creation.id as AssignmentRuleId;
    // after a crash the first run's rule may be there already: it is this one
    const earlier = await this.rules.findById(caller.tenants, id);
    if (earlier) return earlier;
    const read = readCondition(wish.when);
    const faults = [...(await this.placeFaults(caller, wish)), ...read.faults];
    if (faults.length > 0 || !read.condition) throw invalid(faults);
    const others = await this.rules.ofTenant(tenant);
    if (others.length >= MOST_ASSIGNMENT_RULES) {
      const params = { most: MOST_ASSIGNMENT_RULES };
      throw invalid([{ path: 'tenant', code: 'too-many', key: 'fault.tooManyRules', params }]);
    }
    const rule: AssignmentRule = {
      id,
      tenant,
      directory,
      name,
      position: wish.position ?? Math.max(0, ...others.map((one) => one.position)) + ASSIGNMENT_POSITION_STEP,
      when: read.condition,
      ...assigned,
      createdAt: new Date(),
      revision: 0,
    };
    if (!(await this.rules.insert(rule))) return this.get(caller, id);
    await this.note(caller, 'assignment-rule.created', rule, { after: summary(rule) });
    return rule;
  }

  /** @throws DomainError NOT_FOUND */
  async get(caller: Caller, id: AssignmentRuleId): Promise<AssignmentRule> {
    const rule = await this.rules.findById(caller.tenants, id);
    if (!rule) throw new DomainError('NOT_FOUND', MISSING);
    return rule;
  }

  async change(
    caller: Caller,
    id: AssignmentRuleId,
    change: AssignmentRuleChange,
    revision: number | null,
  ): Promise<AssignmentRule> {
    const { before, after } = await updateWithRetry(
      () => this.rules.findById(caller.tenants, id),
      async (rule) => {
        assertRevision(rule, revision);
        const { directory = rule.directory, name = rule.name, position, when, assigned } = change;
        const { target, dp } = assigned ?? rule;
        const read = when === undefined ? { condition: rule.when, faults: [] } : readCondition(when);
        const place = { tenant: rule.tenant, directory, assigned: { target, dp } };
        const faults = [...(await this.placeFaults(caller, place)), ...read.faults];
        if (faults.length > 0 || !read.condition) throw invalid(faults);
        return {
          ...rule,
          directory,
          name,
          position: position ?? rule.position,
          when: read.condition,
          target,
          dp,
        };
      },
      (rule) => this.rules.replace(rule),
      MISSING,
    );
    await this.note(caller, 'assignment-rule.changed', after, {
      before: summary(before),
      after: summary(after),
    });
    return after;
  }

  async remove(caller: Caller, id: AssignmentRuleId, revision: number | null): Promise<void> {
    const rule = await this.get(caller, id);
    assertRevision(rule, revision);
    if (!(await this.rules.remove(id, rule.revision))) {
      throw new DomainError('REVISION_STALE', 'changed.assignmentRule');
    }
    await this.note(caller, 'assignment-rule.deleted', rule, { before: summary(rule) });
  }

  /**
   * Puts the rules of a tenant into an order. Each is written by itself: where this ends half way, some stand where they
   * were, and the same request puts them right.
   *
   * @throws DomainError VALIDATION_FAILED unless it names every rule once; REVISION_STALE when one has changed meanwhile
   */
  async order(caller: Caller, tenant: TenantId, ids: readonly string[]): Promise<AssignmentRule[]> {
    if (!(await this.knowsTenant(caller, tenant))) throw invalid([UNKNOWN_TENANT]);
    const wanted = reordered(await this.rules.ofTenant(tenant), ids);
    const ordered: AssignmentRule[] = [];
    for (const { rule, position } of wanted) {
      if (rule.position === position) {
        ordered.push(rule);
        continue;
      }
      const written = await this.rules.replace({ ...rule, position });
      if (!written) throw new DomainError('REVISION_STALE', 'changed.assignmentRule');
      ordered.push(written);
    }
    const names = ordered.map(({ name }) => name);
    await this.audit.record(
      caller,
      'assignment-rules.ordered',
      `tenant:${tenant}`,
      { after: { names } },
      tenant,
    );
    return ordered;
  }

  /** Pairs of rules that one row can match both: a warning, not an error. */
  async overlaps(caller: Caller, tenant: TenantId | null): Promise<AssignmentOverlap[]> {
    const rules = (await this.rules.list(caller.tenants)).filter(
      (rule) => tenant === null || rule.tenant === tenant,
    );
    const overlaps: AssignmentOverlap[] = [];
    let pairs = 0;
    for (const [index, a] of rules.entries()) {
      for (const b of rules.slice(index + 1)) {
        if (a.tenant !== b.tenant) continue;
        const overlap = assignmentOverlap(a, b);
        if (overlap) overlaps.push(overlap);
        pairs += 1;
        if (pairs % PAIRS_IN_A_ROW === 0) await setImmediate();
      }
    }
    return overlaps.toSorted((a, b) => Number(b.isShadowed) - Number(a.isShadowed));
  }

  /**
   * Makes an assignment rule of a location rule, behind all others.
   *
   * @throws DomainError VALIDATION_FAILED naming the criteria that imports do not know
   */
  async copyLocationRule(
    caller: Caller,
    wish: { locationRule: LocationRuleId; name: string | null },
    creation: IdempotentCreate,
  ): Promise<AssignmentRule> {
    const found = await this.locationRules.find(caller, wish.locationRule);
    if (!found) {
      throw invalid([{ path: 'locationRule', code: 'unknown', key: 'fault.unknownLocationRule' }]);
    }
    const { tenant, dp, name, when } = found;
    const copied = asAssignmentCondition(when);
    if ('lacking' in copied) throw cannotCopy(copied.lacking, 'locationRule');
    const assigned = { target: 'dp', dp } as const;
    const rule = { tenant, directory: null, name: wish.name ?? name ?? dp, position: null, when, assigned };
    return this.create(caller, rule, creation);
  }

  /**
   * Makes a location rule of an assignment rule.
   *
   * @throws DomainError VALIDATION_FAILED naming the criteria that clients say nothing of
   */
  async copyToLocationRule(
    caller: Caller,
    id: AssignmentRuleId,
    creation: IdempotentCreate,
  ): Promise<LocationRule> {
    const { tenant, name, when, target, dp: named } = await this.get(caller, id);
    const copied = asLocationCondition(when);
    if ('lacking' in copied) throw cannotCopy(copied.lacking, '');
    const dp = dpOfTarget(target, named);
    if (dp === null) throw invalid([{ path: '', code: 'target', key: 'fault.locationRuleNeedsDp' }]);
    return this.locationRules.create(
      caller,
      { tenant, dp, name, priority: 0, when: copied.condition },
      creation,
    );
  }

  async knowsTenant(caller: Caller, tenant: TenantId): Promise<boolean> {
    return inScope(caller.tenants, tenant) && (await this.tenants.findById(caller.tenants, tenant)) !== null;
  }

  private async placeFaults(
    caller: Caller,
    { tenant, directory, assigned }: Pick<AssignmentRuleInput, 'tenant' | 'directory' | 'assigned'>,
  ): Promise<Fault[]> {
    if (!(await this.knowsTenant(caller, tenant))) return [UNKNOWN_TENANT];
    const faults: Fault[] = [];
    if (directory !== null) {
      const found = await this.directories.findById(caller.tenants, directory);
      if (found?.tenant !== tenant) {
        faults.push({
          path: 'directory',
          code: 'unknown',
          key: 'fault.unknownDirectoryOfTenant',
          params: { tenant },
        });
      }
    }
    const { dp } = assigned;
    if (dp !== null && !(await this.dps.of(tenant)).has(dp)) {
      faults.push({ path: 'dp', code: 'unknown', key: 'fault.unknownDpOfTenant', params: { tenant } });
    }
    return faults;
  }

  private async note(
    caller: Caller,
    action: string,
    { id, tenant }: AssignmentRule,
    data: Record<string, unknown>,
  ): Promise<void> {
    await this.audit.record(caller, action, `assignment-rule:${id}`, data, tenant);
  }
}

const UNKNOWN_TENANT: Fault = { path: 'tenant', code: 'unknown', key: 'fault.unknownTenant' };

function cannotCopy(names: readonly string[], path: string): DomainError {
  return invalid([{ path, code: 'criterion', key: 'fault.cannotCopy', params: { names } }]);
}

function readCondition(when: unknown): { condition?: AssignmentCondition; faults: Fault[] } {
  const read = parseAssignmentCondition(when);
  return 'faults' in read ? read : { ...read, faults: [] };
}

function summary(rule: AssignmentRule): Record<string, unknown> {
  const { tenant, directory, name, position, when, target, dp } = rule;
  return { tenant, directory, name, position, when, target, dp };
}
