import { setTimeout as sleep } from 'node:timers/promises';

/** An answer of the admin API that is not 2xx. */
class ApiError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(
    request: string,
    status: number,
    problem: { code?: string; detail?: string; title?: string; errors?: unknown },
  ) {
    const errors = problem.errors === undefined ? '' : ` ${JSON.stringify(problem.errors)}`;
    super(`${request}: ${status} ${problem.code ?? ''} ${problem.detail ?? problem.title ?? ''}${errors}`);
    this.status = status;
    this.code = problem.code ?? '';
  }
}

/** What a list answers. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
  readonly total: number;
}

/** The public admin API, as an outside program uses it. */
export class AdminApi {
  private readonly base: string;
  private readonly token: string;

  constructor(serverUrl: string, token: string) {
    this.base = `${serverUrl}/api/v1`;
    this.token = token;
  }

  get<T>(path: string): Promise<T> {
    return this.request<T>('GET', path);
  }

  post<T>(path: string, body: object | FormData = {}): Promise<T> {
    return this.request<T>('POST', path, body);
  }

  patch<T>(path: string, body: object, revision: string | number): Promise<T> {
    return this.request<T>('PATCH', path, body, { 'if-match': `"${revision}"` });
  }

  async remove(path: string): Promise<void> {
    await this.request('DELETE', path);
  }

  /** An answer that is no JSON. */
  text(path: string): Promise<string> {
    return this.request<string>('GET', path);
  }

  /** A raw body, for files. */
  put<T>(path: string, body: Uint8Array<ArrayBuffer>, fileName: string): Promise<T> {
    return this.request<T>('PUT', path, body, {
      'content-type': 'application/octet-stream',
      'x-file-name': fileName,
    });
  }

  /** The object, or undefined when there is none. */
  async find<T>(path: string): Promise<T | undefined> {
    try {
      return await this.get<T>(path);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** Every item of a list. */
  async all<T>(path: string): Promise<T[]> {
    const items: T[] = [];
    const separator = path.includes('?') ? '&' : '?';
    let after = '';
    for (;;) {
      const page = await this.get<Page<T>>(`${path}${separator}limit=500${after}`);
      items.push(...page.items);
      if (page.next === null) return items;
      after = `&after=${encodeURIComponent(page.next)}`;
    }
  }

  /** Asks again every 200 ms until `good` says yes; an error after `seconds`. */
  async until<T>(path: string, what: string, seconds: number, good: (object: T) => boolean): Promise<T> {
    const end = Date.now() + seconds * 1000;
    for (;;) {
      const object = await this.get<T>(path);
      if (good(object)) return object;
      if (Date.now() > end)
        throw new Error(`${what} did not happen within ${seconds} s: ${JSON.stringify(object)}`);
      await sleep(200);
    }
  }

  private async request<T>(
    method: string,
    path: string,
    body?: object | FormData | Uint8Array<ArrayBuffer>,
    more: Readonly<Record<string, string>> = {},
  ): Promise<T> {
    const raw = body === undefined || body instanceof FormData || body instanceof Uint8Array;
    const answer = await fetch(`${this.base}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(raw ? {} : { 'content-type': 'application/json' }),
        ...more,
      },
      body: raw ? body : JSON.stringify(body),
    });
    const text = await answer.text();
    const isJson = /\bjson\b/.test(answer.headers.get('content-type') ?? '');
    const parsed: unknown = isJson && text !== '' ? JSON.parse(text) : text;
    if (!answer.ok) {
      const problem = isJson ? (parsed as object) : { detail: text.slice(0, 300) };
      throw new ApiError(`${method} ${path}`, answer.status, problem);
    }
    return parsed as T;
  }
}
