import { Injectable } from '@nestjs/common';
import {
  dpOfTarget,
  explainDp,
  makeAssignment,
  NO_INVENTORY,
  rowColumns,
  type AssignmentOverlap,
  type AssignmentRule,
  type DirectoryId,
  type DpIndex,
  type ExplainedChoice,
  type ImportCandidate,
  type ImportRun,
  type TenantId,
} from '#domain';
import { AssignmentRuleRepository, ImportRunRepository } from '#persistence';
import { AssignableDps } from './assignable-dps.service.js';
import type {
  AssignmentOverlapDto,
  AssignmentRuleDto,
  RuleUseDto,
  SampleRowDto,
} from './assignment-rule.dto.js';

/** Runs that are looked at for when a rule was last asked. */
const RUNS_LOOKED_AT = 20;
const SITE_HEADING = 'AD-Site';
const PLACE_HEADING = 'DistinguishedName';

/** Shows rules with what they come to: whether their DPs serve, and how they fared in the last imports. */
@Injectable()
export class AssignmentRuleViews {
  constructor(
    private readonly rules: AssignmentRuleRepository,
    private readonly runs: ImportRunRepository,
    private readonly dps: AssignableDps,
  ) {}

  async rulesDto(rules: readonly AssignmentRule[]): Promise<AssignmentRuleDto[]> {
    const tenants = [...new Set(rules.map(({ tenant }) => tenant))];
    const known = new Map(
      await Promise.all(
        tenants.map(
          async (tenant) =>
            [tenant, await Promise.all([this.dps.of(tenant), this.lastRuns(tenant)])] as const,
        ),
      ),
    );
    return rules.flatMap((rule) => {
      const [dps, runs] = known.get(rule.tenant) ?? [];
      return dps ? [ruleDto(rule, dps, runs ?? [])] : [];
    });
  }

  async ruleDto(rule: AssignmentRule): Promise<AssignmentRuleDto> {
    const [dto] = await this.rulesDto([rule]);
    if (!dto) throw new Error('a rule always has a tenant');
    return dto;
  }

  async overlapsDto(overlaps: readonly AssignmentOverlap[]): Promise<AssignmentOverlapDto[]> {
    const all = await this.rulesDto(overlaps.flatMap(({ rules }) => rules));
    return overlaps.map(({ isShadowed, example }, index) => ({
      rules: all.slice(2 * index, 2 * index + 2),
      shadowed: isShadowed,
      example: [...example],
    }));
  }

  /** What the rules make of a row that somebody has written by hand. */
  async explain(
    tenant: TenantId,
    directory: DirectoryId | null,
    sample: SampleRowDto,
  ): Promise<ExplainedChoice> {
    const cells: [string, string][] = Object.entries(sample.columns ?? {});
    if (sample.adSite) cells.push([SITE_HEADING, sample.adSite]);
    if (sample.ou) cells.push([PLACE_HEADING, sample.ou]);
    const [rules, dps] = await Promise.all([this.rules.forImport(tenant, directory), this.dps.of(tenant)]);
    const assignment = makeAssignment({
      dps,
      columns: rowColumns(
        cells.map(([heading]) => heading),
        {},
      ),
      mapping: null,
      dpColumn: null,
      rules,
      runDp: null,
      withoutDp: null,
    });
    const row: ImportCandidate = {
      line: 1,
      name: sample.name,
      hostName: sample.name.toLowerCase(),
      fqdn: sample.fqdn?.toLowerCase() || null,
      guid: null,
      address: sample.address || null,
      dp: null,
      inventory: NO_INVENTORY,
      messages: [],
      excluded: null,
      raw: cells.map(([, cell]) => cell),
      ...(sample.groups && { groups: sample.groups }),
    };
    return explainDp(row, assignment);
  }

  private async lastRuns(tenant: TenantId): Promise<ImportRun[]> {
    const { items } = await this.runs.list([tenant], { tenant }, { limit: RUNS_LOOKED_AT });
    return items;
  }
}

function ruleDto(rule: AssignmentRule, dps: DpIndex, runs: readonly ImportRun[]): AssignmentRuleDto {
  const { id, tenant, directory, name, position, when, target, dp, createdAt, revision } = rule;
  const given = dpOfTarget(target, dp);
  const serving = dps.all.find((one) => one.id === given);
  return {
    id,
    tenant,
    directory,
    name,
    position,
    when,
    target,
    dp,
    serves: given === null || (serving !== undefined && !serving.isDisabled),
    lastUse: lastUseOf(id, runs),
    createdAt: createdAt.toISOString(),
    revision,
  };
}

/** @param runs newest first */
function lastUseOf(id: string, runs: readonly ImportRun[]): RuleUseDto | null {
  for (const run of runs) {
    const tally = run.counts.rows > 0 && run.assignment?.rules.find(({ rule }) => rule === id);
    if (tally) return { import: run.id, matched: tally.matched, won: tally.won };
  }
  return null;
}
