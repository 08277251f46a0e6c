import type {
  EnrolAnswer,
  EnrolRequest,
  OrderContext,
  PollRequest,
  ReportsAnswer,
  ReportsRequest,
} from '#contract';
import type { z } from 'zod';
import { messageOf } from '../base/log.js';
import type { SeenAnswer } from './gateway-proof.js';
import { enrolAnswer, pollAnswer, problem, reportsAnswer, type UnverifiedPollAnswer } from './wire.js';

/**
 * What came of a request.
 * - `refused`: 4xx. With `isOwn` the gateway itself understood and said no, by its own problem document, and would refuse
 *   the same request again; else a proxy or a firewall on the way answered in its place
 * - `away`: no answer, or not now (5xx, 429): try again, after `retryAfter` seconds at least
 */
export type Answer<T> =
  | { readonly kind: 'ok'; readonly value: T }
  | {
      readonly kind: 'refused';
      readonly status: number;
      readonly code: string;
      readonly detail: string;
      readonly isOwn: boolean;
    }
  | {
      readonly kind: 'away';
      readonly reason: string;
      readonly retryAfter: number;
      /** Absent: no answer came at all. */
      readonly status?: number;
    };

/** An open download; `resumed` tells whether the gateway honoured the range. */
export interface Download {
  readonly body: AsyncIterable<Uint8Array>;
  readonly resumed: boolean;
}

export interface GatewayOptions {
  /** Base URL, e.g. `https://gateway.example:3001`. */
  readonly url: string;
  /** Makes the token of one request; absent before enrolment. */
  readonly token?: () => Promise<string>;
}

/** Seconds beyond a poll's own wait before it counts as lost. */
const GRACE = 30;
const DOCTOR_TIMEOUT_MS = 10_000;
/** Characters of a foreign page that are looked at. */
const PAGE_LIMIT = 64 * 1024;
const ANSWER_LIMIT = 32 * 1024 * 1024;

/** The gateway's side of the DP protocol, as functions. */
export class GatewayClient {
  private readonly base: URL;

  constructor(private readonly options: GatewayOptions) {
    this.base = new URL(options.url.endsWith('/') ? options.url : `${options.url}/`);
  }

  enrol(request: EnrolRequest): Promise<Answer<EnrolAnswer>> {
    return this.post('dp/v1/enrol', request, enrolAnswer, GRACE);
  }

  poll(request: PollRequest, signal: AbortSignal): Promise<Answer<UnverifiedPollAnswer>> {
    return this.post('dp/v1/poll', request, pollAnswer, request.wait + GRACE, signal);
  }

  /** @param context what the orders of these reports were handed out with; it goes as headers, which any gateway can ignore */
  reports(
    request: ReportsRequest,
    signal: AbortSignal,
    { correlation, traceparent }: OrderContext = {},
  ): Promise<Answer<ReportsAnswer>> {
    const headers = {
      ...(correlation && { 'x-request-id': correlation }),
      ...(traceparent && { traceparent }),
    };
    return this.post('dp/v1/reports', request, reportsAnswer, GRACE, signal, headers);
  }

  /** Asks for a signed answer, and takes whatever comes back; for `doctor`. */
  async askForProof(nonce: string): Promise<SeenAnswer> {
    const response = await fetch(new URL('dp/v1/proof', this.base), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ nonce }),
      redirect: 'manual',
      signal: AbortSignal.timeout(DOCTOR_TIMEOUT_MS),
    });
    return {
      status: response.status,
      contentType: response.headers.get('content-type') ?? '',
      location: response.headers.get('location'),
      body: (await response.text()).slice(0, PAGE_LIMIT),
    };
  }

  /** Whether something answers there at all, and the difference of its clock to ours in seconds; for `doctor`. */
  async clockDifference(now: () => number): Promise<number> {
    const response = await fetch(new URL('health/live', this.base), {
      signal: AbortSignal.timeout(DOCTOR_TIMEOUT_MS),
    });
    await response.arrayBuffer();
    const date = response.headers.get('date');
    return date === null ? 0 : Math.round((Date.parse(date) - now()) / 1000);
  }

  /**
   * Opens a release file from byte `from` on. The token goes to the gateway only, whatever address an order holds.
   */
  async download(address: string, from: number, signal: AbortSignal): Promise<Answer<Download>> {
    const url = new URL(address, this.base);
    if (url.origin !== this.base.origin) {
      return {
        kind: 'refused',
        status: 0,
        code: 'FOREIGN_ADDRESS',
        detail: `${url.origin} is not the gateway`,
        // nor will it be at the next try
        isOwn: true,
      };
    }
    try {
      const headers = { ...(await this.authorization()), ...(from > 0 ? { range: `bytes=${from}-` } : {}) };
      const response = await fetch(url, { headers, signal });
      if (response.status !== 200 && response.status !== 206) return await refusal(response);
      if (!response.body) return { kind: 'away', reason: 'empty answer', retryAfter: 0 };
      return { kind: 'ok', value: { body: response.body, resumed: response.status === 206 } };
    } catch (error) {
      return away(error);
    }
  }

  /** The signed manifest of a version of the agent, as text; nothing of it is verified yet. */
  async manifest(version: string, signal: AbortSignal): Promise<Answer<string>> {
    const url = new URL(`install/manifests/${encodeURIComponent(version)}`, this.base);
    const signals = [signal, AbortSignal.timeout(GRACE * 1000)];
    try {
      const response = await fetch(url, { signal: AbortSignal.any(signals), redirect: 'error' });
      if (!response.ok) return await refusal(response);
      return { kind: 'ok', value: (await response.text()).slice(0, PAGE_LIMIT) };
    } catch (error) {
      return away(error);
    }
  }

  private async authorization(): Promise<Record<string, string>> {
    return this.options.token ? { authorization: `Bearer ${await this.options.token()}` } : {};
  }

  private async post<T>(
    path: string,
    body: unknown,
    schema: z.ZodType<T>,
    seconds: number,
    signal?: AbortSignal,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer<T>> {
    const signals = [AbortSignal.timeout(seconds * 1000), ...(signal ? [signal] : [])];
    try {
      const response = await fetch(new URL(path, this.base), {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json', ...(await this.authorization()) },
        body: JSON.stringify(body),
        signal: AbortSignal.any(signals),
        redirect: 'error',
      });
      if (!response.ok) return await refusal(response);
      const text = await response.text();
      if (text.length > ANSWER_LIMIT) return { kind: 'away', reason: 'answer too large', retryAfter: 0 };
      const parsed = schema.safeParse(JSON.parse(text));
      if (!parsed.success)
        return { kind: 'away', reason: `not the protocol: ${parsed.error.message}`, retryAfter: 0 };
      return { kind: 'ok', value: parsed.data };
    } catch (error) {
      return away(error);
    }
  }
}

async function refusal(response: Response): Promise<Answer<never>> {
  const { status } = response;
  const text = await response.text().catch(() => '');
  if (status >= 500 || status === 429 || status === 408 || status === 425 || status < 400) {
    return { kind: 'away', reason: `status ${status}`, retryAfter: retryAfter(response), status };
  }
  const said = isProblem(response) ? problem.safeParse(parseJson(text)).data : undefined;
  if (said?.code === undefined) {
    const detail = `the answer is not the gateway's: ${response.headers.get('content-type') ?? 'no content type'}`;
    return { kind: 'refused', status, code: `HTTP_${status}`, detail, isOwn: false };
  }
  return { kind: 'refused', status, code: said.code, detail: said.detail ?? said.title ?? '', isOwn: true };
}

/** RFC 9457; what the gateway refuses with, and no block page of a firewall. */
function isProblem(response: Response): boolean {
  return /^application\/problem\+json\b/i.test(response.headers.get('content-type') ?? '');
}

/** Seconds of a Retry-After header, given as a number or as a date; at most an hour. */
function retryAfter(response: Response): number {
  const header = response.headers.get('retry-after');
  if (header === null) return 0;
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.min(3600, Math.max(0, seconds)) : 0;
}

function away(error: unknown): Answer<never> {
  const cause = typeof error === 'object' && error !== null && 'cause' in error ? error.cause : undefined;
  const reason = cause === undefined ? messageOf(error) : `${messageOf(error)}: ${messageOf(cause)}`;
  return { kind: 'away', reason, retryAfter: 0 };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
