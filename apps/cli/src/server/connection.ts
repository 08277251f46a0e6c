import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

const problem = z.looseObject({
  code: z.string().optional(),
  detail: z.string().optional(),
  errors: z.array(z.looseObject({ path: z.string(), message: z.string() })).optional(),
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

/** Looks that fail for want of a server, and requests that were cut off, are repeated for so long. */
const RETRY_TIMEOUT_MS = 60_000;
const PAUSE_MS = 300;

/** A server's admin API, and who asks it. */
export class Connection {
  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  get(path: string): Promise<unknown> {
    return this.call('GET', path);
  }

  post(path: string, body: FormData | object = {}): Promise<unknown> {
    return this.call('POST', path, body);
  }

  /** An answer that is a file. */
  file(path: string): Promise<Response> {
    return this.fetch('GET', path);
  }

  /** Looks at something until `ended` holds; a server that is away for a moment is waited for. */
  async follow<View>(
    look: () => Promise<View>,
    ended: (view: View) => boolean,
    onView: (view: View) => void,
    signal: AbortSignal,
    pauseMs = PAUSE_MS,
  ): Promise<View> {
    let heardAt = Date.now();
    for (;;) {
      signal.throwIfAborted();
      try {
        const view = await look();
        heardAt = Date.now();
        onView(view);
        if (ended(view)) return view;
      } catch (error) {
        const passing = error instanceof ApiFault && error.code === 'UNREACHABLE';
        if (!passing || Date.now() - heardAt > RETRY_TIMEOUT_MS) throw error;
      }
      await sleep(pauseMs, undefined, { signal });
    }
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
      await sleep(PAUSE_MS);
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

export function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
