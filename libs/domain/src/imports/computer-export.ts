import type { StoredText } from '#texts';
import type { Computer } from '../computers/computer.js';
import { csvLine } from './import-export.js';

type Cell = (computer: Computer) => string | null | undefined;

/** Heading → cell. Those up to `enabled` are columns that an import understands under these headings, in any language of the product. */
const COLUMNS = [
  ['name', ({ hostName }) => hostName],
  ['fqdn', ({ fqdn }) => fqdn],
  ['address', ({ address }) => address],
  ['dp', ({ dp }) => dp.fixed ?? dp.assigned],
  ['description', ({ inventory }) => inventory.description],
  ['location', ({ inventory }) => inventory.location],
  ['os', ({ inventory }) => inventory.os],
  ['version', ({ inventory }) => inventory.version],
  ['lastLogon', ({ inventory }) => inventory.lastLogon?.toISOString()],
  ['enabled', ({ inventory }) => inventory.enabled?.toString()],
  ['ou', ({ inventory }) => inventory.ou],
  ['tenant', ({ tenant }) => tenant],
  ['state', ({ state }) => state],
  ['client', ({ client }) => client?.version],
  ['lastContact', ({ client }) => client?.lastContact.toISOString()],
  ['id', ({ id }) => id],
] as const satisfies readonly (readonly [string, Cell])[];

export type ComputerCsvColumn = (typeof COLUMNS)[number][0];
export const COMPUTER_CSV_COLUMNS: readonly ComputerCsvColumn[] = COLUMNS.map(([key]) => key);

/**
 * Computers as a CSV file for spreadsheets (UTF-8 with BOM, semicolons, formula-safe), which an import takes back: it
 * finds the same computers by it, unchanged.
 *
 * @param say puts the headings into the words of who asked
 * @param wanted columns in their order; absent: all of them
 */
export async function* computersCsv(
  computers: AsyncIterable<Computer> | Iterable<Computer>,
  say: (text: StoredText) => string,
  wanted: readonly ComputerCsvColumn[] = COMPUTER_CSV_COLUMNS,
): AsyncGenerator<string> {
  const line = (cells: readonly (string | null | undefined)[]): string =>
    csvLine(
      cells.map((cell) => cell ?? ''),
      ';',
    );
  const columns = wanted.flatMap((key) => COLUMNS.filter(([own]) => own === key));
  yield `\ufeff${line(columns.map(([key]) => say({ key: `computerExport.${key}` })))}`;
  for await (const computer of computers) yield line(columns.map(([, cell]) => cell(computer)));
}
