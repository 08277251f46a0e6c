import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { EdgeError } from '#http';
import { type ByteRange, byteRange } from './byte-range.js';

/** A file of which a part may be asked for. */
export interface RangedFile {
  /** Bytes. */
  readonly size: number;
  /** Of the content, lower-case hex; its ETag. */
  readonly sha256: string;
  /** @param range bytes wanted */
  readonly read: (range: ByteRange) => Readable;
}

/** Answers with a file: Range, If-Range, ETag and If-None-Match as RFC 9110 has them. */
export async function sendRangedFile(
  request: FastifyRequest,
  reply: FastifyReply,
  { size, sha256, read }: RangedFile,
): Promise<void> {
  const { headers } = request;
  const etag = `"${sha256}"`;
  void reply.headers({ etag, 'accept-ranges': 'bytes', 'cache-control': 'private, no-transform' });
  if (
    headers['if-none-match']?.split(/\s*,\s*/).some((tag) => tag === '*' || tag.replace(/^W\//, '') === etag)
  ) {
    await reply.status(304).send();
    return;
  }
  const ifRange = headers['if-range'];
  const range = ifRange === undefined || ifRange === etag ? byteRange(headers['range'], size) : null;
  if (range === 'unsatisfiable') {
    const contentRange = { 'content-range': `bytes */${size}` };
    throw new EdgeError('RANGE_NOT_SATISFIABLE', 'releaseFile.size', { size }, contentRange);
  }
  const { start, end } = range ?? { start: 0, end: size };
  if (range) void reply.status(206).header('content-range', `bytes ${start}-${end - 1}/${size}`);
  void reply.header('content-length', String(end - start)).type('application/octet-stream');
  // An empty stream, so that Fastify leaves the length as it is
  await reply.send(request.method === 'HEAD' ? Readable.from([]) : read({ start, end }));
}
