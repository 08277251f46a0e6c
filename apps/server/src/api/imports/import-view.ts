import {
  needsConfirmDrop,
  needsDpChoice,
  type ImportMessage,
  type ImportRow,
  type ImportRun,
  type NamesakeDecision,
  type RunAssignment,
  undecidedOf,
} from '#domain';
import { type Language, textIn } from '#texts';
import type { RunAssignmentDto } from './import-assignment.dto.js';
import type { ImportRowDto, ImportRunDto } from './import-run.dto.js';

/** A run as the API shows it. */
export function importRunDto(run: ImportRun, language: Language, assignmentChanged = false): ImportRunDto {
  const { progress, summary, undo, file } = run;
  return {
    id: run.id,
    source: run.source,
    tenant: run.tenant,
    dp: run.dp,
    state: run.state,
    counts: { ...run.counts, namesakes: run.counts.namesakes ?? 0 },
    undecided: undecidedOf(run),
    progress: { ...progress, at: progress.at.toISOString() },
    options: run.options,
    detected: run.detected,
    fault: run.fault && {
      code: run.fault.code,
      text: textIn(language, run.fault),
      line: run.fault.line,
    },
    columns: run.columns.map(({ index, header, samples }) => ({ index, header, samples })),
    messages: run.messages.map((message) => messageDto(message, language)),
    missing: run.missing.map(({ computer, name }) => ({ computer, name })),
    knownBefore: run.knownBefore,
    needsConfirmDrop: needsConfirmDrop(run),
    needsDpChoice: run.state === 'previewed' && needsDpChoice(run),
    assignmentChanged,
    assignment: run.assignment ? assignmentDto(run.assignment) : null,
    summary: summary && { ...summary, skipped: summary.skipped ?? 0, at: summary.at.toISOString() },
    undo: undo && {
      ...undo,
      requestedAt: undo.requestedAt.toISOString(),
      at: undo.at?.toISOString() ?? null,
      examples: undo.examples.map(({ computer, name, reason }) => ({ computer, name, reason })),
    },
    file: file && { name: file.name, size: file.size },
    directory: run.directory,
    requestedBy: run.requestedBy,
    at: run.at.toISOString(),
    endedAt: run.endedAt?.toISOString() ?? null,
    revision: run.revision,
  };
}

export function importRowDto(
  row: ImportRow,
  decision: NamesakeDecision | null,
  language: Language,
): ImportRowDto {
  const { line, verdict, name, hostName, fqdn, address, dp, computer, changes, outcome, raw } = row;
  const messages = row.messages.map((message) => messageDto(message, language));
  const assignedBy = row.assignedBy ?? null;
  return {
    line,
    verdict,
    name,
    hostName,
    fqdn,
    address,
    dp,
    assignedBy,
    messages,
    namesake: row.namesake ?? null,
    decision: row.namesake ? decision : null,
    computer,
    changes,
    outcome,
    raw,
  };
}

function assignmentDto({ profile, chosen, rules }: RunAssignment): RunAssignmentDto {
  return {
    profile,
    chosen: [...chosen],
    rules: rules.map((rule) => ({ ...rule, overlaps: [...rule.overlaps] })),
  };
}

function messageDto(message: ImportMessage, language: Language): ImportRowDto['messages'][number] {
  return { code: message.code, severity: message.severity, text: textIn(language, message) };
}
