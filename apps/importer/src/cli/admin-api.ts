import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { IMPORT_STATES, KEPT_REASONS } from '#domain';

const count = z.number().int().nonnegative();

/** What this command reads of a run; the rest of it goes to `--json` as it came. */
const runView = z.looseObject({
  id: z.string(),
  state: z.enum(IMPORT_STATES),
  counts: z.looseObject({
    rows: count,
    new: count,
    known: count,
    changed: count,
    excluded: count,
    rejected: count,
    warned: count,
    missing: count,
  }),
  progress: z.looseObject({ phase: z.string(), done: count, percent: z.number().nullable() }),
  fault: z.object({ code: z.string(), text: z.string(), line: z.number().nullable() }).nullable(),
  columns: z.array(
    z.object({ index: z.number(), header: z.string().nullable(), samples: z.array(z.string()) }),
  ),
  messages: z.array(z.looseObject({ text: z.string() })),
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
      messages: z.array(z.looseObject({ severity: z.string(), text: z.string() })),
    }),
  ),
});
export type RowView = z.infer<typeof rowPage>['items'][number];

const problem = z.looseObject({
  code: z.string().optional(),
  detail: z.string().optional(),
  errors: z.array(z.looseObject({ path: z.string(), message: z.string() })).optional(),
});
const devFile = z.looseObject({ serverUrl: z.string(), apiToken: z.string() });
const directories = z.looseObject({
  items: z.array(z.looseObject({ id: z.string(), name: z.string() })),
});

/** The server refused, or could not be asked. */
export class ApiFault extends Error {
  override readonly name = 'ApiFault';

  constructor(
    readonly code: string,
    message: string,
    /** The connection was there and is gone: whether the request was carried out, nobody knows. */
    readonly cut = false,
  ) {
    super(message);
  }
}

/** Looks at a run that fail for want of a server, and requests that were cut off, are repeated for so long. */
const RETRY_TIMEOUT_MS = 60_000;
const PAUSE_MS = 300;

/** The admin API, as far as imports need it. */
export class AdminApi {
  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  /** @throws ApiFault */
  async create(body: FormData | object): Promise<RunView> {
    return runView.parse(await this.call('POST', '/imports', body));
  }

  async ask(run: string, wish: 'read' | 'commit' | 'undo' | 'discard', body: object = {}): Promise<RunView> {
    return runView.parse(await this.call('POST', `/imports/${encodeURIComponent(run)}/${wish}`, body));
  }

  async run(run: string): Promise<RunView> {
    return runView.parse(await this.call('GET', `/imports/${encodeURIComponent(run)}`));
  }

  /** Looks at a run until `ended` holds; a server that is away for a moment is waited for. */
  async follow(
    id: string,
    ended: (run: RunView) => boolean,
    onRun: (run: RunView) => void,
    signal: AbortSignal,
  ): Promise<RunView> {
    let heardAt = Date.now();
    for (;;) {
      signal.throwIfAborted();
      try {
        const run = await this.run(id);
        heardAt = Date.now();
        onRun(run);
        if (ended(run)) return run;
      } catch (error) {
        const passing = error instanceof ApiFault && error.code === 'UNREACHABLE';
        if (!passing || Date.now() - heardAt > RETRY_TIMEOUT_MS) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  /** The first rows that the preview or the commit rejected; those of the preview first. */
  async firstRejected({ id, counts, summary }: RunView, limit: number): Promise<RowView[]> {
    const path = `/imports/${encodeURIComponent(id)}/rows?limit=${limit}`;
    const rows: RowView[] = [];
    if (counts.rejected > 0)
      rows.push(...rowPage.parse(await this.call('GET', `${path}&verdict=rejected`)).items);
    if ((summary?.rejected ?? 0) > 0)
      rows.push(...rowPage.parse(await this.call('GET', `${path}&outcome=rejected`)).items);
    return rows.slice(0, limit);
  }

  async rejected(run: string): Promise<Response> {
    return await this.fetch('GET', `/imports/${encodeURIComponent(run)}/rejected.csv`);
  }

  /** @returns the id of the directory with this name or id */
  async directory(name: string, tenant: string): Promise<string> {
    const query = `limit=500&tenant=${encodeURIComponent(tenant)}`;
    const { items: mine } = directories.parse(await this.call('GET', `/directories?${query}`));
    const found = mine.find((one) => one.id === name || one.name === name);
    if (found) return found.id;
    const names = mine.map((one) => one.name).join(', ') || 'none';
    throw new ApiFault(
      'NOT_FOUND',
      `There is no directory "${name}" in tenant ${tenant}. There are: ${names}.`,
    );
  }

  /**
   * A request that was cut off is sent again: the server knows it by its key, and does nothing twice. A server that was
   * never there is not waited for.
   */
  private async call(method: string, path: string, body?: FormData | object): Promise<unknown> {
    const key = randomUUID();
    let cutAt: number | undefined;
    for (;;) {
      try {
        return await (await this.fetch(method, path, body, key)).json();
      } catch (error) {
        const fault = error instanceof ApiFault ? error : unreachable(this.url, error);
        if (fault.cut) cutAt ??= Date.now();
        const passing = fault.code === 'UNREACHABLE' && cutAt !== undefined;
        if (!passing || Date.now() - (cutAt ?? 0) > RETRY_TIMEOUT_MS) throw fault;
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  private async fetch(
    method: string,
    path: string,
    body?: FormData | object,
    key?: string,
  ): Promise<Response> {
    const isForm = body instanceof FormData;
    let response: Response;
    try {
      response = await fetch(`${this.url}/api/v1${path}`, {
        method,
        headers: {
          authorization: `Bearer ${this.token}`,
          ...(method === 'POST' && key !== undefined && { 'idempotency-key': key }),
          ...(body !== undefined && !isForm && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: isForm ? body : JSON.stringify(body) }),
      });
    } catch (error) {
      throw unreachable(this.url, error);
    }
    if (response.ok) return response;
    throw await faultOf(response);
  }
}

/** Codes of a connection that ended after it was made. */
const CUT = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

function unreachable(url: string, error: unknown): ApiFault {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : null;
  const cut = cause !== null && 'code' in cause && CUT.has(String(cause.code));
  const why = cause?.message ?? String(error);
  return new ApiFault('UNREACHABLE', `The server at ${url} cannot be reached: ${why}`, cut);
}

async function faultOf(response: Response): Promise<ApiFault> {
  const text = await response.text();
  const read = problem.safeParse(safeJson(text));
  if (!read.success) {
    const code = response.status >= 500 ? 'UNREACHABLE' : 'REFUSED';
    return new ApiFault(code, `The server answered ${response.status}.`);
  }
  const { code = 'REFUSED', detail, errors = [] } = read.data;
  const lines = errors.map((fault) => `\n  ${fault.path}: ${fault.message}`);
  const said = detail ?? `The server answered ${response.status}.`;
  return new ApiFault(response.status >= 502 ? 'UNREACHABLE' : code, `${said}${lines.join('')}`);
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/**
 * Where the server is: as told, else by the environment, else from the dev.json of a running `npm start`.
 *
 * @throws ApiFault NO_SERVER
 */
export function findApi(
  told: { url: string | undefined; token: string | undefined; state: string | undefined },
  env: NodeJS.ProcessEnv,
): AdminApi {
  const file = join(told.state || env['RELAYPOINT_STATE'] || '.relaypoint', 'dev.json');
  let url = told.url || env['RELAYPOINT_URL'];
  let token = told.token || env['RELAYPOINT_TOKEN'];
  if ((!url || !token) && existsSync(file)) {
    const dev = devFile.safeParse(safeJson(readFileSync(file, 'utf8')));
    // The token of one server is not sent to another.
    if (dev.success && (!url || url === dev.data.serverUrl)) {
      url ||= dev.data.serverUrl;
      token ||= dev.data.apiToken;
    }
  }
  if (!url || !token) {
    throw new ApiFault(
      'NO_SERVER',
      `Which server? Say --url and --token (or RELAYPOINT_URL, RELAYPOINT_TOKEN), or run "npm start": there is no ${file}.`,
    );
  }
  return new AdminApi(url.replace(/\/+$/, '').replace(/\/api\/v1$/, ''), token);
}
