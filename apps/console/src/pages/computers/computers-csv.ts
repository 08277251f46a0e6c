/** What the file calls the columns of the list; null: it does not have them. */
const CSV_COLUMNS: Readonly<Record<string, string | null>> = {
  state: 'state',
  dp: 'dp',
  address: 'address',
  tenant: 'tenant',
  os: 'os',
  client: 'client',
  lastContact: 'lastContact',
  description: 'description',
  failure: null,
  age: null,
  source: null,
  createdAt: null,
};

interface CsvFile {
  url: string;
  /** Chosen columns that the file does not have, as the list calls them. */
  left: string[];
}

/**
 * The file of what is shown: with all there is to take back by an import, or with the columns that somebody chose. It is
 * sorted by name always.
 *
 * @param columns as the address has them
 */
export function csvFile(narrowing: object, columns: string | null, lang: string): CsvFile {
  const chosen = columns?.split(',').filter((name) => Object.hasOwn(CSV_COLUMNS, name)) ?? [];
  const known = chosen.flatMap((name) => CSV_COLUMNS[name] ?? []);
  const query = new URLSearchParams({
    ...Object.fromEntries(Object.entries(narrowing).map(([name, value]) => [name, String(value)])),
    // what an import finds them by again
    ...(chosen.length > 0 && { columns: [...new Set(['name', 'fqdn', ...known])].join() }),
    lang,
  });
  return {
    url: `/api/v1/computers/export.csv?${query.toString()}`,
    left: chosen.filter((name) => CSV_COLUMNS[name] === null),
  };
}

/** Whether a number of days of the address is one that computers can be asked for by. */
export function isDays(value: string): boolean {
  const days = Number(value);
  return Number.isFinite(days) && days > 0 && days < 10_000;
}
