import { KEPT_REASONS, printable } from '#domain';
import type { Progress } from '../terminal/progress-bar.js';
import type { RowView, RunView, ValuesView } from './imports-api.js';

/** How far a run is. */
export function progressOf({ progress, state }: RunView): Progress {
  return {
    phase: state === 'queued' ? 'waiting' : progress.phase,
    percent: progress.percent ?? 0,
    detail: `${progress.done} rows`,
  };
}

/**
 * What a run came to, for a person.
 *
 * @param examples the first of the rejected rows
 */
export function reportOf(run: RunView, examples: readonly RowView[] = []): string {
  const { counts, fault, summary, undo } = run;
  const lines = [`import ${run.id}: ${run.state}`];
  if (counts.rows > 0) {
    const { rows, known, changed, excluded, rejected, warned } = counts;
    lines.push(
      `  ${rows} rows: ${counts.new} new, ${changed} changed, ${known} known, ${excluded} excluded, ${rejected} rejected; ${warned} with warnings`,
    );
  }
  lines.push(...chosenLines(run));
  if (run.undecided > 0 && run.state === 'previewed') {
    lines.push(
      `  ${run.undecided} with the name of another computer: the same one? They are left out, unless --same-name says same or other`,
    );
  }
  if (counts.missing > 0) lines.push(`  ${counts.missing} known computers are missing; they stay`);
  for (const { text } of run.messages) lines.push(`  ${text}`);
  if (summary) {
    const { created, changed, known, rejected } = summary;
    lines.push(
      `  taken: ${created} created, ${changed} changed, ${known} known by then, ${rejected} rejected by then`,
    );
  }
  lines.push(...rejectedLines(run, examples));
  if (undo) lines.push(...undoLines(undo));
  if (fault) lines.push(`  ${fault.code}: ${fault.text}`);
  if (run.state === 'failed' && run.columns.length > 0) lines.push(...columnLines(run));
  if (run.state === 'previewed') lines.push(`  To take it: relaypoint import commit ${run.id}`);
  return `${lines.map(printable).join('\n')}\n`;
}

const CHOSEN_SHOWN = 10;

/** What chose the distribution points of how many rows. */
function chosenLines({ id, assignment, counts, state }: RunView): string[] {
  const chosen = (assignment?.chosen ?? []).filter(({ by }) => by !== 'computer');
  const lines = chosen.slice(0, CHOSEN_SHOWN).map(({ by, name, dp, rows }) => {
    const who = by === 'run' ? '--dp' : by === 'none' ? 'nothing' : `${by} "${name ?? ''}"`;
    return `    ${rows} rows: ${dp ?? (by === 'none' ? 'no distribution point' : 'rejected')}, by ${who}`;
  });
  if (chosen.length > CHOSEN_SHOWN) lines.push(`    and ${chosen.length - CHOSEN_SHOWN} more`);
  if (state === 'previewed' && (counts.withoutDp ?? 0) > 0)
    lines.push(`    Which values have none: relaypoint import values ${id}`);
  return lines.length > 0 ? ['  distribution points:', ...lines] : [];
}

function rejectedLines({ id, counts, summary }: RunView, rows: readonly RowView[]): string[] {
  const lines = rows.map(({ name, hostName = name, messages }) => {
    const reasons = messages.filter(({ severity }) => severity === 'error').map(({ text }) => text);
    return `    ${hostName}: ${reasons.join('; ')}`;
  });
  const rest = counts.rejected + (summary?.rejected ?? 0) - rows.length;
  if (rows.length > 0 && rest > 0)
    lines.push(`    and ${rest} more: relaypoint import status ${id} --rejected FILE`);
  return lines.length > 0 ? ['  rejected:', ...lines] : [];
}

function undoLines({ deleted, kept, gone, reasons, examples }: NonNullable<RunView['undo']>): string[] {
  const lines = [`  undo: ${deleted} deleted, ${kept} kept, ${gone} gone before`];
  for (const reason of KEPT_REASONS) {
    const names = examples.flatMap((one) => (one.reason === reason ? [one.name] : []));
    const rest = reasons[reason] - names.length;
    const more = rest > 0 ? ` and ${rest} more` : '';
    if (reasons[reason] > 0) lines.push(`    kept because ${reason}: ${names.join(', ')}${more}`);
  }
  return lines;
}

function columnLines({ id, columns }: RunView): string[] {
  const width = Math.max(...columns.map(({ header }) => (header ?? '').length));
  return [
    '  Columns of the file:',
    ...columns.map(({ index, header, samples }) => {
      const shown = samples.map((sample) => JSON.stringify(sample)).join(', ');
      return `    ${String(index).padStart(3)}  ${(header ?? '').padEnd(width)}  ${shown}`;
    }),
    `  Say which is the name, without sending the file again: relaypoint import read ${id} --columns name=0`,
  ];
}

/** Where the values of a column go, one a line. */
export function valuesReport({ column, items, total }: ValuesView): string {
  if (!column) return 'No column of the import looks like distribution points; say which by --column.\n';
  const width = Math.min(40, Math.max(...items.map(({ value }) => value.length), 5));
  const lines = items.map(({ value, rows, target, dp, suggestion }) => {
    const near = suggestion ? `?  ${suggestion.dp} is meant?` : '?';
    const goes = target === 'reject' ? 'rejected' : (dp ?? near);
    return `  ${String(rows).padStart(7)}  ${value.padEnd(width)}  ${goes}`;
  });
  const rest = total > items.length ? [`  and ${total - items.length} more`] : [];
  return `${[`Column ${column.header ?? column.index}:`, ...lines, ...rest].map(printable).join('\n')}\n`;
}

/**
 * 0 all rows taken, 2 some were rejected, 3 a commit waits for somebody to decide, 1 the run failed or does not move.
 *
 * @param commits whether a commit was asked for
 */
export function exitCodeOf({ state, counts, summary, fault }: RunView, commits = false): 0 | 1 | 2 | 3 {
  if (state === 'failed' || fault) return 1;
  if (commits && state === 'previewed') return 3;
  return counts.rejected + (summary?.rejected ?? 0) > 0 ? 2 : 0;
}
