import type { Computer } from '../computers/computer.js';
import type { ComputerId } from '../base/ids.js';
import type { ImportCandidate } from './import-candidate.js';
import type { ImportRow, ImportRun, KeptReason } from './import-run.js';
import { isRegistered } from '../computers/computer-state.js';
import type { TimelineEvent } from '../base/timeline.js';

/** The computer that a `new` row becomes (R1–R3). */
export function importedComputer(
  row: ImportRow & { newComputer: ComputerId; identity: string },
  run: Pick<ImportRun, 'id' | 'source' | 'directory'>,
  now: Date,
): Computer {
  return {
    id: row.newComputer,
    tenant: row.tenant,
    name: row.name,
    hostName: row.hostName,
    fqdn: row.fqdn,
    address: row.address,
    identity: row.identity,
    source: { kind: run.source, run: run.id, row: row.line, directory: run.directory },
    dp: { fixed: row.dp, assigned: null, since: row.dp === null ? null : now, liftedAt: null },
    state: 'imported',
    openOrder: null,
    lastOrder: null,
    inventory: row.inventory,
    client: null,
    restartDue: false,
    registerBy: null,
    alerts: [],
    status: { at: now, source: 'importer' },
    createdAt: now,
    revision: 0,
  };
}

/** A staged row as the rules see it. */
export function candidateOfRow(row: ImportRow): ImportCandidate {
  return {
    line: row.line,
    name: row.name,
    hostName: row.hostName,
    fqdn: row.fqdn,
    guid: row.identity?.startsWith('ad:') ? row.identity.slice('ad:'.length) : null,
    address: row.address,
    dp: row.dp,
    inventory: row.inventory,
    messages: [],
    excluded: null,
    raw: row.raw,
    ...(row.groups && { groups: row.groups }),
  };
}

/** "Imported", in the timeline of its computer. */
export function importedEvent(computer: Computer, run: ImportRun): TimelineEvent {
  return {
    ...eventOf(computer, run, `${computer.id}:imported`, computer.createdAt),
    kind: 'imported',
    to: 'imported',
    data: {
      source: run.source,
      line: computer.source.row,
      by: run.requestedBy,
      ...(run.file && { file: run.file.name }),
    },
  };
}

/** An import has brought a known computer up to date. */
export function importChangedEvent(
  computer: Computer,
  run: ImportRun,
  row: Pick<ImportRow, 'id' | 'line' | 'changes'>,
  now: Date,
): TimelineEvent {
  return {
    ...eventOf(computer, run, `${row.id}:changed`, now),
    kind: 'import-changed',
    data: { source: run.source, line: row.line, changes: row.changes, by: run.requestedBy },
  };
}

/** An undo has deleted the computer. */
export function importUndoneEvent(computer: Computer, run: ImportRun, now: Date): TimelineEvent {
  return {
    ...eventOf(computer, run, `${computer.id}:undone`, now),
    kind: 'deleted',
    from: computer.state,
    data: { reason: 'import undone', by: run.undo?.requestedBy ?? null },
  };
}

function eventOf(
  computer: Computer,
  run: ImportRun,
  id: string,
  at: Date,
): Pick<TimelineEvent, 'id' | 'tenant' | 'computer' | 'order' | 'dp' | 'importRun' | 'at' | 'source'> & {
  from: null;
  to: null;
} {
  return {
    id,
    tenant: computer.tenant,
    computer: computer.id,
    order: null,
    dp: computer.dp.fixed,
    importRun: run.id,
    at,
    source: 'importer',
    from: null,
    to: null,
  };
}

/** Why an undo must not delete a computer; null when nobody has released it. */
export function keptReason(computer: Computer): KeptReason | null {
  if (isRegistered(computer.state)) return 'registered';
  const untouched =
    computer.state === 'imported' && computer.openOrder === null && computer.lastOrder === null;
  return untouched ? null : 'released';
}
