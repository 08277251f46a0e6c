import {
  assignDp,
  decideRow,
  importMessage,
  importRowId,
  NO_INVENTORY,
  type Assignment,
  type ComputerId,
  type ImportCandidate,
  type ImportCounts,
  type ImportMessage,
  type ImportRow,
  type ImportRun,
  type ImportVerdict,
  type KnownComputers,
  type RefusedRow,
  type RowDecision,
  type RunRules,
  type TalliedRow,
} from '#domain';
import { newId } from '#runtime';
import type { SeenRows } from './seen-rows.js';

/** A row as it was read: about a computer, or refused. */
export type ReadRow = { ok: true; candidate: ImportCandidate } | { ok: false; refused: RefusedRow };

/** A batch of rows as they are stored, and what chose their DPs. */
export interface StagedRows {
  rows: ImportRow[];
  chosen: TalliedRow[];
}

/** Decides a batch of rows, in their order. `seen` grows by them. */
export function stageRows(
  rows: readonly ReadRow[],
  run: Pick<ImportRun, 'id' | 'tenant' | 'directory'>,
  assignment: Assignment,
  known: KnownComputers,
  seen: SeenRows,
): StagedRows {
  const chosen: TalliedRow[] = [];
  const rules: RunRules = { directory: run.directory, withoutDp: assignment.withoutDp };
  const staged = rows.map((row) => {
    if (!row.ok) return refusedRow(row.refused, run);
    const { candidate } = row;
    const duplicate = seen.duplicate(candidate);
    if (duplicate) {
      return refusedRow({ ...candidate, messages: [...candidate.messages, duplicate] }, run);
    }
    const sameName = seen.sameName(candidate);
    const choice = assignDp(candidate, assignment);
    const decision = decideRow(
      sameName ? { ...candidate, messages: [...candidate.messages, sameName.warning] } : candidate,
      choice,
      rules,
      known,
    );
    const { guid, fqdn } = candidate;
    const dnsName = guid === null || decision.verdict === 'excluded' ? null : fqdn;
    seen.add({ ...candidate, identity: decision.identity, dnsName });
    const { dp, assignedBy } = decision;
    if (assignedBy) chosen.push({ line: candidate.line, dp, assignedBy, choice });
    return stagedRow(candidate, decision, run, sameName?.isAsked ? sameName.line : null);
  });
  return { rows: staged, chosen };
}

function stagedRow(
  row: ImportCandidate,
  decision: RowDecision,
  run: Pick<ImportRun, 'id' | 'tenant'>,
  lineOfName: number | null,
): ImportRow {
  const namesake = { computer: decision.namesake?.id ?? null, line: lineOfName };
  const isAsked = decision.verdict === 'new' && (namesake.computer !== null || namesake.line !== null);
  return {
    id: importRowId(run.id, row.line),
    run: run.id,
    tenant: run.tenant,
    line: row.line,
    verdict: decision.verdict,
    name: row.name,
    hostName: row.hostName,
    fqdn: row.fqdn,
    address: row.address,
    identity: decision.identity,
    dp: decision.dp,
    inventory: row.inventory,
    messages: decision.messages,
    warned: isWarned(decision.messages),
    ...(isAsked && { namesake }),
    computer: decision.computer?.id ?? null,
    newComputer: decision.verdict === 'new' ? (newId() as ComputerId) : null,
    changes: decision.changes,
    outcome: null,
    raw: row.raw,
    ...(decision.assignedBy && { assignedBy: decision.assignedBy }),
    ...(row.groups && { groups: row.groups }),
  };
}

function refusedRow(refused: RefusedRow, run: Pick<ImportRun, 'id' | 'tenant'>): ImportRow {
  return {
    id: importRowId(run.id, refused.line),
    run: run.id,
    tenant: run.tenant,
    line: refused.line,
    verdict: 'rejected',
    name: refused.name,
    hostName: refused.name,
    fqdn: null,
    address: null,
    identity: null,
    dp: null,
    inventory: NO_INVENTORY,
    messages: refused.messages,
    warned: isWarned(refused.messages),
    computer: null,
    newComputer: null,
    changes: [],
    outcome: null,
    raw: refused.raw,
  };
}

function isWarned(messages: readonly ImportMessage[]): boolean {
  return messages.some((message) => message.severity !== 'info');
}

/** Counts with a batch of rows added. */
export function countRows(before: ImportCounts, rows: readonly ImportRow[]): ImportCounts {
  const of = (verdict: ImportVerdict): number => rows.filter((row) => row.verdict === verdict).length;
  return {
    rows: before.rows + rows.length,
    new: before.new + of('new'),
    known: before.known + of('known'),
    changed: before.changed + of('changed'),
    excluded: before.excluded + of('excluded'),
    rejected: before.rejected + of('rejected'),
    warned: before.warned + rows.filter((row) => row.warned).length,
    missing: before.missing,
    namesakes: (before.namesakes ?? 0) + rows.filter((row) => row.namesake).length,
    withoutDp: before.withoutDp + rows.filter((row) => row.verdict === 'new' && row.dp === null).length,
  };
}

/** What the preview says of the whole run. */
export function runMessages(
  { counts, assignment: chosen }: Pick<ImportRun, 'counts' | 'assignment'>,
  { withoutDp, dps }: Pick<Assignment, 'withoutDp' | 'dps'>,
): ImportMessage[] {
  const messages: ImportMessage[] = [];
  if (chosen?.profile) messages.push(importMessage('PROFILE', 'run.profile', { name: chosen.profile.name }));
  if (counts.withoutDp > 0) {
    const key = withoutDp === 'server' ? 'run.noDp' : 'run.noDpYet';
    messages.push(importMessage('NO_DP', key, { count: counts.withoutDp }));
  }
  for (const { id } of dps.all.filter((dp) => dp.isDisabled)) {
    const given = (chosen?.chosen ?? []).filter(({ by, dp }) => dp === id && by !== 'computer');
    const count = given.reduce((sum, { rows }) => sum + rows, 0);
    if (count > 0) messages.push(importMessage('DP_DISABLED', 'run.dpDisabled', { count, dp: id }));
  }
  return messages;
}
