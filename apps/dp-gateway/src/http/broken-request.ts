import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { problemOf, type ProblemCode } from './problem.js';

const FAULTS: Readonly<Record<string, { status: string; code: ProblemCode; detail: string }>> = {
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: '408 Request Timeout',
    code: 'REQUEST_TIMEOUT',
    detail: 'The request took too long to arrive.',
  },
  HPE_HEADER_OVERFLOW: {
    status: '431 Request Header Fields Too Large',
    code: 'HEADERS_TOO_LARGE',
    detail: 'The headers are larger than allowed.',
  },
};
const NOT_HTTP = {
  status: '400 Bad Request',
  code: 'VALIDATION_FAILED',
  detail: 'This is not an HTTP request.',
} as const;

/** Answers what never became a request (too slow, headers too large, not HTTP) and closes the connection. */
export function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const { status, code, detail } = FAULTS[error.code ?? ''] ?? NOT_HTTP;
  const body = JSON.stringify(problemOf(code, detail));
  if (socket.writable) {
    const head = [
      `HTTP/1.1 ${status}`,
      'content-type: application/problem+json; charset=utf-8',
      `content-length: ${Buffer.byteLength(body)}`,
      'connection: close',
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  }
  socket.destroySoon();
}

/** Answers an address that cannot be decoded, or has a part longer than any name of ours. */
export function answerBadAddress(_error: Error, _request: FastifyRequest, reply: FastifyReply): void {
  const problem = problemOf('NOT_FOUND', 'There is nothing at this address.');
  void reply.status(problem.status).type('application/problem+json; charset=utf-8').send(problem);
}
