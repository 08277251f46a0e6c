// What stands before Nest and its filter: every answer from there is a problem (RFC 9457) as well.
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type MessageDescriptor, preferredLanguage } from '#texts';
import { PROBLEM_TYPE, type Problem, type ProblemCode, problemOf, PROBLEMS } from './problem.js';

/** What never becomes a request of Fastify's. */
type DoorFault = 'not-http' | 'too-slow' | 'headers-too-large' | 'no-host' | 'bad-address' | 'stopping';

const ANSWERS: Readonly<Record<DoorFault, { code: ProblemCode; detail: MessageDescriptor }>> = {
  'not-http': { code: 'VALIDATION_FAILED', detail: { key: 'http.notHttp' } },
  'too-slow': { code: 'REQUEST_TIMEOUT', detail: { key: 'http.tooSlow' } },
  'headers-too-large': { code: 'HEADERS_TOO_LARGE', detail: { key: 'http.headersTooLarge' } },
  'no-host': { code: 'VALIDATION_FAILED', detail: { key: 'http.noHost' } },
  'bad-address': { code: 'NOT_FOUND', detail: { key: 'http.nothingHere' } },
  stopping: { code: 'UNAVAILABLE', detail: { key: 'http.stopping' } },
};

/** Node's codes of what it could not read. */
const FAULTS: Readonly<Record<string, DoorFault>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'too-slow',
  HPE_HEADER_OVERFLOW: 'headers-too-large',
};

/** The part of a Fastify server's options that lets {@link watchDoor} answer in the place of Node and Fastify. */
export function doorOptions(): {
  clientErrorHandler: (error: Error & { code?: string }, socket: Socket) => void;
  frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => void;
  return503OnClosing: false;
} {
  return {
    clientErrorHandler: (error, socket) => answerBroken(error, socket),
    frameworkErrors: (_error, request, reply) => {
      void reply.header('x-request-id', request.id);
      answer(reply, problemAt('bad-address', request.headers['accept-language']));
    },
    return503OnClosing: false,
  };
}

/** Node would answer these by itself, without a body. */
export const NODE_SERVER_OPTIONS = { requireHostHeader: false } as const;

/**
 * Gives every answer its request's id, keeps it out of caches unless its route says otherwise, and answers what no route
 * should see. To be called before any other hook is added.
 *
 * @param isSecure browsers are to come by TLS only, from now on
 */
export function watchDoor(fastify: FastifyInstance, isSecure: boolean): void {
  let isStopping = false;
  fastify.addHook('preClose', (done) => {
    isStopping = true;
    done();
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.headers({ 'x-request-id': request.id, 'cache-control': 'no-store' });
    if (isSecure) void reply.header('strict-transport-security', 'max-age=31536000');
    const { headers } = request.raw;
    const fault = isStopping
      ? 'stopping'
      : headers.host === undefined && needsHost(request)
        ? 'no-host'
        : null;
    if (fault !== null) {
      if (fault === 'stopping') {
        void reply.headers({ 'retry-after': String(PROBLEMS.UNAVAILABLE.retryAfter), connection: 'close' });
      }
      answer(reply, problemAt(fault, headers['accept-language']));
      return;
    }
    // The type of a body that is not there says nothing, and some clients name one with every POST; an empty file is one
    if (request.method !== 'PUT' && !hasBody(request)) delete headers['content-type'];
    done();
  });
  // RFC 9110 §10.1.1 leaves it to a server whether it refuses an expectation that it does not know
  fastify.server.on('checkExpectation', (request, response) => {
    fastify.server.emit('request', request, response);
  });
}

function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

/** RFC 9112 §3.2: every request of HTTP/1.1 names its host. */
function needsHost({ raw }: FastifyRequest): boolean {
  return raw.httpVersion === '1.1';
}

function problemAt(fault: DoorFault, acceptLanguage: string | undefined): Problem {
  const { code, detail } = ANSWERS[fault];
  return problemOf(code, detail, [], preferredLanguage(acceptLanguage));
}

function answer(reply: FastifyReply, problem: Problem): void {
  void reply.status(problem.status).type(PROBLEM_TYPE).send(problem);
}

/** Answers what never became a request, and closes the connection. */
function answerBroken(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const problem = problemAt(FAULTS[error.code ?? ''] ?? 'not-http', undefined);
  const body = JSON.stringify(problem);
  if (socket.writable) {
    const head = [
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`,
      `content-type: ${PROBLEM_TYPE}`,
      `content-length: ${Buffer.byteLength(body)}`,
      'connection: close',
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  }
  socket.destroySoon();
}
