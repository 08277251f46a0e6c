import { Injectable } from '@nestjs/common';
import {
  headerShape,
  makeAssignment,
  rowColumns,
  type Assignment,
  type AssignmentRule,
  type CsvOptions,
  type DetectedCsv,
  type ImportProfile,
  type ImportRun,
  type RunAssignment,
} from '#domain';
import { assignmentStamp, AssignmentRuleRepository, ImportProfileRepository } from '#persistence';
import { ImportFailure } from '../runs/import-failure.js';
import { DpLookup } from './dp-lookup.js';

/** What chooses the DPs of a run while it is read, and what the run keeps of that. */
export interface Assigning {
  assignment: Assignment;
  rules: readonly AssignmentRule[];
  facts: Pick<RunAssignment, 'stamp' | 'profile' | 'shape'>;
}

/** The part of a file that assignment needs. */
interface AssignedFile {
  headers: readonly (string | null)[];
  detected: DetectedCsv;
  /** With what the profile says. */
  options: CsvOptions;
  profile: ImportProfile | null;
}

/** Gathers, once for each reading, all that chooses the DPs of its rows. */
@Injectable()
export class AssignmentSource {
  constructor(
    private readonly rules: AssignmentRuleRepository,
    private readonly profiles: ImportProfileRepository,
    private readonly dps: DpLookup,
  ) {}

  /**
   * The profile that a file is read by: the one that was named, else the one for its headings.
   *
   * @throws ImportFailure PROFILE_GONE
   */
  async profileOf(run: ImportRun, headers: readonly string[] | null): Promise<ImportProfile | null> {
    const { profile: wanted } = run.options;
    if (wanted === null) return null;
    if (wanted !== undefined) {
      const named = await this.profiles.findById([run.tenant], wanted);
      if (!named) throw new ImportFailure('PROFILE_GONE', 'profile.deleted');
      return named;
    }
    const shape = headers && headerShape(headers);
    return shape === null ? null : await this.profiles.ofShape(run.tenant, shape);
  }

  async ofFile(run: ImportRun, file: AssignedFile): Promise<Assigning> {
    const { headers, detected, options, profile } = file;
    const { dp } = detected.columns;
    const counts = dp !== undefined && (options.dpFromColumn ?? true);
    return await this.assigning(run, {
      columns: rowColumns(headers, detected.columns),
      options,
      profile,
      dpColumn: counts ? dp : null,
      shape: detected.header ? headerShape(headers) : null,
    });
  }

  async ofDirectory(run: ImportRun): Promise<Assigning> {
    const { options } = run;
    return await this.assigning(run, {
      columns: rowColumns([], {}),
      options,
      profile: null,
      dpColumn: null,
      shape: null,
    });
  }

  private async assigning(
    run: ImportRun,
    read: Pick<Assignment, 'columns' | 'dpColumn'> &
      Pick<AssignedFile, 'options' | 'profile'> & { shape: string | null },
  ): Promise<Assigning> {
    const { columns, dpColumn, options, profile, shape } = read;
    const asked = await this.rules.forImport(run.tenant, run.directory);
    const rules = options.assignmentRules === false ? [] : asked;
    const assignment = makeAssignment({
      dps: await this.dps.of(run.tenant),
      columns,
      mapping: options.mapping ?? null,
      dpColumn,
      rules,
      runDp: run.dp,
      withoutDp: options.withoutDp ?? null,
    });
    const used = profile && { id: profile.id, name: profile.name };
    // a mapping of the run's own goes before that of the profile, whatever becomes of it
    const stamp = assignmentStamp(rules, run.options.mapping ? null : profile);
    return { assignment, rules, facts: { stamp, profile: used, shape } };
  }
}
