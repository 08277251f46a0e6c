import {
  decideRow,
  importMessage,
  importRowId,
  NO_INVENTORY,
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
} from '#domain';
import { newId } from '#runtime';
import type { SeenRows } from './seen-rows.js';

/** A row as it was read: about a computer, or refused. */
export type ReadRow = { ok: true; candidate: ImportCandidate } | { ok: false; refused: RefusedRow };

/** Decides a batch of rows, in their order. `seen` grows by them. */
export function stageRows(
  rows: readonly ReadRow[],
  run: Pick<ImportRun, 'id' | 'tenant'>,
  rules: RunRules,
  known: KnownComputers,
  seen: SeenRows,
): ImportRow[] {
  return rows.map((row) => {
    if (!row.ok) return refusedRow(row.refused, run);
    const { candidate } = row;
    const duplicate = seen.duplicate(candidate);
    if (duplicate) {
      return refusedRow({ ...candidate, messages: [...candidate.messages, duplicate] }, run);
    }
    const sameName = seen.sameName(candidate);
    const decision = decideRow(
      sameName ? { ...candidate, messages: [...candidate.messages, sameName] } : candidate,
      rules,
      known,
    );
    seen.add({ line: candidate.line, name: candidate.name, identity: decision.identity });
    return stagedRow(candidate, decision, run);
  });
}

function stagedRow(
  row: ImportCandidate,
  decision: RowDecision,
  run: Pick<ImportRun, 'id' | 'tenant'>,
): ImportRow {
  return {
    id: importRowId(run.id, row.line),
    run: run.id,
    tenant: run.tenant,
    line: row.line,
    verdict: decision.verdict,
    name: row.name,
    fqdn: row.fqdn,
    address: row.address,
    identity: decision.identity,
    dp: decision.dp,
    inventory: row.inventory,
    messages: decision.messages,
    warned: isWarned(decision.messages),
    computer: decision.computer?.id ?? null,
    newComputer: decision.verdict === 'new' ? (newId() as ComputerId) : null,
    changes: decision.changes,
    outcome: null,
    raw: row.raw,
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
    withoutDp: before.withoutDp + rows.filter((row) => row.verdict === 'new' && row.dp === null).length,
  };
}

/** What the preview says of the whole run. */
export function runMessages(counts: ImportCounts): ImportMessage[] {
  if (counts.withoutDp === 0) return [];
  return [importMessage('NO_DP', 'run.noDp', { count: counts.withoutDp })];
}
