import { z } from 'zod';
import { IMPORT_STATES, KEPT_REASONS } from '#domain';
import { ApiFault, type Connection } from '../server/connection.js';

const count = z.number().int().nonnegative();

/** What this command reads of a run; the rest of it goes to `--json` as it came. */
const runView = z.looseObject({
  id: z.string(),
  tenant: z.string(),
  state: z.enum(IMPORT_STATES),
  /** Rows that nobody has decided on; servers of before did not ask. */
  undecided: count.default(0),
  counts: z.looseObject({
    rows: count,
    new: count,
    known: count,
    changed: count,
    excluded: count,
    rejected: count,
    warned: count,
    missing: count,
    withoutDp: count.optional(),
  }),
  progress: z.looseObject({ phase: z.string(), done: count, percent: z.number().nullable() }),
  fault: z.object({ code: z.string(), text: z.string(), line: z.number().nullable() }).nullable(),
  columns: z.array(
    z.object({ index: z.number(), header: z.string().nullable(), samples: z.array(z.string()) }),
  ),
  messages: z.array(z.looseObject({ text: z.string() })),
  assignment: z
    .looseObject({
      chosen: z.array(
        z.looseObject({
          by: z.string(),
          name: z.string().nullable(),
          dp: z.string().nullable(),
          rows: count,
        }),
      ),
    })
    .nullish(),
  summary: z.looseObject({ created: count, changed: count, known: count, rejected: count }).nullable(),
  undo: z
    .looseObject({
      at: z.string().nullable(),
      deleted: count,
      gone: count,
      kept: count,
      reasons: z.record(z.enum(KEPT_REASONS), count),
      examples: z.array(z.looseObject({ name: z.string(), reason: z.enum(KEPT_REASONS) })),
    })
    .nullable(),
});
export type RunView = z.infer<typeof runView>;

const rowPage = z.looseObject({
  items: z.array(
    z.looseObject({
      name: z.string(),
      hostName: z.string().optional(),
      messages: z.array(z.looseObject({ severity: z.string(), text: z.string() })),
    }),
  ),
});
export type RowView = z.infer<typeof rowPage>['items'][number];

const valuePage = z.looseObject({
  column: z.looseObject({ index: z.number(), header: z.string().nullable() }).nullable(),
  items: z.array(
    z.looseObject({
      value: z.string(),
      rows: count,
      target: z.string().nullable(),
      dp: z.string().nullable(),
      suggestion: z.looseObject({ dp: z.string() }).nullable(),
    }),
  ),
  total: count,
});
export type ValuesView = z.infer<typeof valuePage>;

const named = z.looseObject({
  items: z.array(z.looseObject({ id: z.string(), name: z.string() })),
});

/** The admin API, as far as imports need it. */
export class ImportsApi {
  constructor(private readonly server: Connection) {}

  /** @throws ApiFault */
  async create(body: FormData | object): Promise<RunView> {
    return runView.parse(await this.server.post('/imports', body));
  }

  async ask(run: string, wish: 'read' | 'commit' | 'undo' | 'discard', body: object = {}): Promise<RunView> {
    return runView.parse(await this.server.post(`/imports/${encodeURIComponent(run)}/${wish}`, body));
  }

  async run(run: string): Promise<RunView> {
    return runView.parse(await this.server.get(`/imports/${encodeURIComponent(run)}`));
  }

  /** Looks at a run until `ended` holds. */
  follow(
    id: string,
    ended: (run: RunView) => boolean,
    onRun: (run: RunView) => void,
    signal: AbortSignal,
  ): Promise<RunView> {
    return this.server.follow(() => this.run(id), ended, onRun, signal);
  }

  /** The first rows that the preview or the commit rejected; those of the preview first. */
  async firstRejected({ id, counts, summary }: RunView, limit: number): Promise<RowView[]> {
    const path = `/imports/${encodeURIComponent(id)}/rows?limit=${limit}`;
    const rows: RowView[] = [];
    if (counts.rejected > 0)
      rows.push(...rowPage.parse(await this.server.get(`${path}&verdict=rejected`)).items);
    if ((summary?.rejected ?? 0) > 0)
      rows.push(...rowPage.parse(await this.server.get(`${path}&outcome=rejected`)).items);
    return rows.slice(0, limit);
  }

  async rejected(run: string): Promise<Response> {
    return await this.server.file(`/imports/${encodeURIComponent(run)}/rejected.csv`);
  }

  /** The values of a column, the most frequent first. */
  async values(run: string, column: string | undefined): Promise<ValuesView> {
    const query = column === undefined ? '' : `&column=${encodeURIComponent(column)}`;
    return valuePage.parse(
      await this.server.get(`/imports/${encodeURIComponent(run)}/values?limit=500${query}`),
    );
  }

  /** @returns the id of the directory with this name or id */
  directory(name: string, tenant: string): Promise<string> {
    return this.idOf('directories', 'directory', name, tenant);
  }

  /** @returns the id of the profile with this name or id */
  profile(name: string, tenant: string): Promise<string> {
    return this.idOf('import-profiles', 'profile', name, tenant);
  }

  private async idOf(path: string, what: string, name: string, tenant: string): Promise<string> {
    const query = `limit=500&tenant=${encodeURIComponent(tenant)}`;
    const { items: mine } = named.parse(await this.server.get(`/${path}?${query}`));
    const found = mine.find((one) => one.id === name || one.name === name);
    if (found) return found.id;
    const names = mine.map((one) => one.name).join(', ') || 'none';
    throw new ApiFault(
      'NOT_FOUND',
      `There is no ${what} "${name}" in tenant ${tenant}. There are: ${names}.`,
    );
  }
}
