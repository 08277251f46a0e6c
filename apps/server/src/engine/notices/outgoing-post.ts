import { lookup } from 'node:dns/promises';
import { request as plainRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { type AllowedHosts, type DeliveryOutcome, isAllowedHost, isPublicAddress } from '#domain';
import { timeLeft } from '#runtime';

/** Of an answer no more is read: nobody needs it, and a receiver may send without end. */
const MAX_ANSWER_BYTES = 4096;
/** Milliseconds for an answer's body once its status is known. */
const BODY_TIMEOUT_MS = 2000;
const MAX_HEADER_BYTES = 16 * 1024;
const NO_ANSWER = 'no answer in time';

/** What a receiver said. */
export interface OutgoingAnswer {
  status: number;
  /** Beginning of the body. */
  text: string;
  /** Seconds that it asked to wait; 0: it did not. */
  retryAfter: number;
}

/** Nothing was said, because it did not come to that. */
export class OutgoingFault extends Error {
  override readonly name = 'OutgoingFault';

  constructor(
    readonly outcome: DeliveryOutcome,
    message: string,
  ) {
    super(message);
  }
}

interface OutgoingPost {
  url: URL;
  headers: Readonly<Record<string, string>>;
  body: string;
  /** Hosts that may be reached although they are not on the public internet, or by plain HTTP. */
  allowed: AllowedHosts;
  /** Milliseconds until there has to be a status. */
  timeoutMs: number;
  /** Asks for the addresses of a name; the system, where nothing else is said. */
  resolve?: (host: string) => Promise<Resolved[]>;
}

/** Milliseconds after which a {@link post} has ended, whatever its receiver does. */
export function longestPost(timeoutMs: number): number {
  return timeoutMs + BODY_TIMEOUT_MS;
}

interface Resolved {
  address: string;
  family: number;
}

/**
 * Posts to an address that somebody entered. The name is resolved once, all its addresses are judged, and only those are
 * connected to, so a name that leads elsewhere a moment later gains nothing. Redirects are answers like any other.
 *
 * @throws OutgoingFault when there is no answer
 */
export async function post(wish: OutgoingPost): Promise<OutgoingAnswer> {
  const { url, headers, body, timeoutMs } = wish;
  const lateAt = performance.now() + timeoutMs;
  const options: RequestOptions = {
    method: 'POST',
    headers: { ...headers, 'content-length': String(Buffer.byteLength(body)), 'user-agent': 'Relaypoint' },
    agent: false,
    lookup: onlyTo(await judgedAddresses(wish)),
    maxHeaderSize: MAX_HEADER_BYTES,
  };
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? tlsRequest : plainRequest)(url, options);
    const late = setTimeout(() => request.destroy(new OutgoingFault('TIMEOUT', NO_ANSWER)), timeLeft(lateAt));
    let isAnswered = false;
    request.on('response', (response) => {
      // its status counts, whatever becomes of the rest
      isAnswered = true;
      clearTimeout(late);
      void beginningOf(response).then((text) =>
        resolve({ status: response.statusCode ?? 0, text, retryAfter: waitAskedFor(response) }),
      );
    });
    request.on('error', (error) => {
      clearTimeout(late);
      if (!isAnswered) reject(faultOf(error));
    });
    request.end(body);
  });
}

/** @throws OutgoingFault when the name is none, or one of its addresses is not allowed */
async function judgedAddresses({ url, allowed, timeoutMs, resolve }: OutgoingPost): Promise<Resolved[]> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const addresses =
    isIP(host) === 0
      ? await resolved(host, resolve ?? ofSystem, timeoutMs)
      : [{ address: host, family: isIP(host) }];
  for (const { address } of addresses) {
    if (isAllowedHost(allowed, host, address)) continue;
    const isPlain = url.protocol !== 'https:';
    if (isPlain || !isPublicAddress(address)) {
      const wanted = isPlain ? 'not a host for plain HTTP' : 'not an address on the public internet';
      // the address is not told: where a name leads inside is nobody's business who may only enter names
      throw new OutgoingFault('ADDRESS_NOT_ALLOWED', `${host}: ${wanted}`);
    }
  }
  return addresses;
}

function ofSystem(host: string): Promise<Resolved[]> {
  return lookup(host, { all: true });
}

async function resolved(
  host: string,
  resolve: (host: string) => Promise<Resolved[]>,
  timeoutMs: number,
): Promise<Resolved[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(NO_ANSWER)), timeoutMs);
  });
  try {
    return await Promise.race([resolve(host), late]);
  } catch (error) {
    throw new OutgoingFault('NOT_RESOLVED', error instanceof Error ? error.message : String(error));
  } finally {
    clearTimeout(timer);
  }
}

/** A lookup that knows these addresses only. */
function onlyTo(addresses: readonly Resolved[]): LookupFunction {
  return (_host, options, callback) => {
    const [first] = addresses;
    if (options.all) callback(null, [...addresses]);
    else if (first) callback(null, first.address, first.family);
    else callback(new Error('no address'), '');
  };
}

/** The first bytes of a body, or as much of it as came. */
function beginningOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      const text = Buffer.concat(chunks).subarray(0, MAX_ANSWER_BYTES).toString('utf8');
      resolve(text);
    };
    const timer = setTimeout(() => response.destroy(), BODY_TIMEOUT_MS);
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= MAX_ANSWER_BYTES) response.destroy();
    });
    response.on('error', () => undefined);
    response.on('close', end);
  });
}

/** Seconds by `Retry-After`, a number or a date (RFC 9110 §10.2.3). */
function waitAskedFor({ headers }: IncomingMessage): number {
  const said = headers['retry-after'] ?? '';
  if (/^\d{1,6}$/.test(said)) return Number(said);
  const seconds = (Date.parse(said) - Date.now()) / 1000;
  return seconds > 0 ? Math.ceil(seconds) : 0;
}

function faultOf(error: Error): OutgoingFault {
  if (error instanceof OutgoingFault) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const isTls = /^(?:ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|EPROTO)/.test(code);
  return new OutgoingFault(isTls ? 'TLS' : 'UNREACHABLE', error.message || code);
}
