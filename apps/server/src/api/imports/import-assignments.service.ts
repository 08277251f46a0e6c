import { Injectable } from '@nestjs/common';
import {
  makeAssignment,
  rowColumns,
  withProfile,
  type Assignment,
  type AssignmentRule,
  type ImportOptions,
  type ImportProfile,
  type ImportRun,
  type RowColumns,
} from '#domain';
import { assignmentStamp, AssignmentRuleRepository, ImportProfileRepository } from '#persistence';
import { AssignableDps } from '../assignment-rules/assignable-dps.service.js';

/** What chooses the DPs of a run, as it stands now. */
export interface CurrentAssignment {
  assignment: Assignment;
  /** The options of the run with what its profile says. */
  options: ImportOptions;
  stamp: string;
}

/** Looks at what chooses the DPs of a run, without changing anything. */
@Injectable()
export class ImportAssignmentsService {
  constructor(
    private readonly rules: AssignmentRuleRepository,
    private readonly profiles: ImportProfileRepository,
    private readonly dps: AssignableDps,
  ) {}

  /** Stands for rules and profile as they are now. */
  async stampOf(run: ImportRun): Promise<string> {
    const [rules, profile] = await Promise.all([this.rulesOf(run), this.profileOf(run)]);
    return stampFor(run, rules, profile);
  }

  async of(run: ImportRun): Promise<CurrentAssignment> {
    const [rules, profile, dps] = await Promise.all([
      this.rulesOf(run),
      this.profileOf(run),
      this.dps.of(run.tenant),
    ]);
    const options: ImportOptions = withProfile(run.options, profile);
    const dp = run.detected?.columns.dp;
    const assignment = makeAssignment({
      dps,
      columns: columnsOf(run),
      mapping: options.mapping ?? null,
      dpColumn: dp !== undefined && (options.dpFromColumn ?? true) ? dp : null,
      rules,
      runDp: run.dp,
      withoutDp: options.withoutDp ?? null,
    });
    return { assignment, options, stamp: stampFor(run, rules, profile) };
  }

  private async rulesOf({ options, tenant, directory }: ImportRun): Promise<readonly AssignmentRule[]> {
    return options.assignmentRules === false ? [] : await this.rules.forImport(tenant, directory);
  }

  private async profileOf({ assignment, tenant }: ImportRun): Promise<ImportProfile | null> {
    const used = assignment?.profile;
    return used ? await this.profiles.findById([tenant], used.id) : null;
  }
}

/** The same as the importer notes when it reads a run. */
function stampFor(
  { options }: ImportRun,
  rules: readonly AssignmentRule[],
  profile: ImportProfile | null,
): string {
  return assignmentStamp(rules, options.mapping ? null : profile);
}

function columnsOf({ columns, detected }: Pick<ImportRun, 'columns' | 'detected'>): RowColumns {
  return rowColumns(
    columns.map(({ header }) => header),
    detected?.columns ?? {},
  );
}
