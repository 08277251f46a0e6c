import { KEPT_REASONS } from '#domain';
import type { RowView, RunView } from './admin-api.js';

const WIDTH = 30;

/** A bar on a terminal's last line; nothing elsewhere. */
export class ProgressBar {
  private shown = false;

  constructor(
    private readonly terminal: Pick<NodeJS.WriteStream, 'write' | 'isTTY'>,
    private readonly wanted: boolean,
  ) {}

  show({ progress, state }: RunView): void {
    if (!this.wanted || !this.terminal.isTTY) return;
    const percent = progress.percent ?? 0;
    const filled = Math.round((percent / 100) * WIDTH);
    const bar = '#'.repeat(filled).padEnd(WIDTH, '.');
    const phase = state === 'queued' ? 'waiting' : progress.phase;
    this.terminal.write(
      `\r${phase.padEnd(10)} [${bar}] ${String(percent).padStart(3)} %  ${progress.done} rows\u001b[K`,
    );
    this.shown = true;
  }

  clear(): void {
    if (this.shown) this.terminal.write('\r\u001b[K');
    this.shown = false;
  }
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
  if (run.state === 'previewed') lines.push(`  To take it: relaypoint-import commit ${run.id}`);
  return `${lines.map(printable).join('\n')}\n`;
}

/** What comes from a file must not steer the terminal. */
function printable(line: string): string {
  return line.replaceAll(/\p{Cc}/gu, '\ufffd');
}

function rejectedLines({ id, counts, summary }: RunView, rows: readonly RowView[]): string[] {
  const lines = rows.map(({ name, messages }) => {
    const reasons = messages.filter(({ severity }) => severity === 'error').map(({ text }) => text);
    return `    ${name}: ${reasons.join('; ')}`;
  });
  const rest = counts.rejected + (summary?.rejected ?? 0) - rows.length;
  if (rows.length > 0 && rest > 0)
    lines.push(`    and ${rest} more: relaypoint-import status ${id} --rejected FILE`);
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
    `  Say which is the name, without sending the file again: relaypoint-import read ${id} --columns name=0`,
  ];
}

/** 0 all rows taken, 2 some were rejected, 1 the run failed or does not move. */
export function exitCodeOf({ state, counts, summary, fault }: RunView): 0 | 1 | 2 {
  if (state === 'failed' || fault) return 1;
  return counts.rejected + (summary?.rejected ?? 0) > 0 ? 2 : 0;
}
