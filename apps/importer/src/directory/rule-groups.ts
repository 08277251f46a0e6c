import type { Entry } from 'ldapts';
import { groupsOfRules, type AssignmentRule } from '#domain';
import { ImportFailure } from '../runs/import-failure.js';
import type { ReadRow } from '../staging/staging.js';
import type { DirectorySession } from './directory-session.js';
import { domainsOf, GroupMembers } from './group-members.js';

/** The groups that assignment rules name, and who is in them: rules of a row are asked without the directory. */
export class RuleGroups {
  private constructor(private readonly members: ReadonlyMap<string, GroupMembers>) {}

  /**
   * @param bases where groups within groups are looked for
   * @throws ImportFailure when the directory cannot be asked
   */
  static async of(
    rules: readonly AssignmentRule[],
    session: DirectorySession,
    bases: readonly string[],
  ): Promise<RuleGroups> {
    const members = new Map<string, GroupMembers>();
    for (const group of groupsOfRules(rules)) {
      const found = await membersOf(group, session, bases);
      if (found) members.set(group, found);
    }
    return new RuleGroups(members);
  }

  /** The row with those of the groups that its entry is in. */
  noteOn(row: ReadRow, entry: Entry): ReadRow {
    if (!row.ok || this.members.size === 0) return row;
    const groups = [...this.members].filter(([, one]) => one.has(entry)).map(([group]) => group);
    return { ok: true, candidate: { ...row.candidate, groups } };
  }
}

/** A group of another directory is none here: rules may be for several of them. */
async function membersOf(
  group: string,
  session: DirectorySession,
  bases: readonly string[],
): Promise<GroupMembers | null> {
  try {
    return await GroupMembers.of([group], true, session, domainsOf([group, ...bases]));
  } catch (error) {
    if (error instanceof ImportFailure && error.fault.code === 'GROUP_NOT_FOUND') return null;
    throw error;
  }
}
