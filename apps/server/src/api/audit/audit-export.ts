import { csvLine, type AuditEntry } from '#domain';
import { type Language, textIn } from '#texts';
import type { AuditEntryDto } from './audit.dto.js';

/** An entry as the API shows it. */
export function auditEntryDto({ at, ...entry }: AuditEntry): AuditEntryDto {
  const { id, who, address, action, target, tenant, data, chain } = entry;
  const sequence = chain?.sequence ?? null;
  return { id, at: at.toISOString(), who, address, action, target, tenant, data, sequence };
}

const COLUMNS = ['id', 'at', 'who', 'whoId', 'address', 'action', 'target', 'tenant', 'data'] as const;

/** A table for spreadsheets: UTF-8 with BOM, semicolons, formula-safe; what changed is JSON in the last column. */
export async function* auditCsv(
  entries: AsyncIterable<AuditEntry>,
  language: Language,
): AsyncGenerator<string> {
  const line = (cells: readonly string[]): string => csvLine(cells, ';');
  yield `\ufeff${line(COLUMNS.map((column) => textIn(language, { key: `auditExport.${column}` })))}`;
  for await (const entry of entries) {
    const { id, at, who, address, action, target, tenant, data } = auditEntryDto(entry);
    const cells = [id, at, who?.name, who?.id, address, action, target, tenant, JSON.stringify(data)];
    yield line(cells.map((cell) => cell ?? ''));
  }
}

/** An entry a line, as the list has it. */
export async function* auditLines(entries: AsyncIterable<AuditEntry>): AsyncGenerator<string> {
  for await (const entry of entries) yield `${JSON.stringify(auditEntryDto(entry))}\n`;
}
