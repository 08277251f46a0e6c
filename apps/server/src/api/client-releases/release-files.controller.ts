import { Readable } from 'node:stream';
import { Controller, Get, Headers, Param, Query, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { BlobStore } from '#persistence';
import { Public } from '../../platform/auth/require-permission.js';
import { EdgeError } from '#http';
import { byteRange } from './byte-range.js';
import { ReleaseFilesService } from '../../engine/release-files/release-files.service.js';

/** Downloads of release files, for gateways: the path is signed and good for a minute. */
@ApiExcludeController()
@Controller('internal/release-files')
@Public()
export class ReleaseFilesController {
  constructor(
    private readonly files: ReleaseFilesService,
    private readonly blobs: BlobStore,
  ) {}

  /** Range, If-Range, ETag and If-None-Match as RFC 9110 has them. */
  @Get(':release/:file')
  async download(
    @Param('release') release: string,
    @Param('file') name: string,
    @Query('until') until: unknown,
    @Query('token') token: unknown,
    @Headers() headers: Record<string, string | undefined>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const file = await this.files.open(release, name, String(until), String(token), new Date());
    const etag = `"${file.sha256}"`;
    void reply.headers({ etag, 'accept-ranges': 'bytes', 'cache-control': 'private, no-transform' });
    if (
      headers['if-none-match']
        ?.split(/\s*,\s*/)
        .some((tag) => tag === '*' || tag.replace(/^W\//, '') === etag)
    ) {
      await reply.status(304).send();
      return;
    }
    const ifRange = headers['if-range'];
    const range = ifRange === undefined || ifRange === etag ? byteRange(headers['range'], file.size) : null;
    if (range === 'unsatisfiable') {
      throw new EdgeError(
        'RANGE_NOT_SATISFIABLE',
        'releaseFile.size',
        { size: file.size },
        {
          'content-range': `bytes */${file.size}`,
        },
      );
    }
    const { start, end } = range ?? { start: 0, end: file.size };
    if (range) void reply.status(206).header('content-range', `bytes ${start}-${end - 1}/${file.size}`);
    void reply.header('content-length', String(end - start)).type('application/octet-stream');
    // An empty stream, so that Fastify leaves the length as it is
    await reply.send(
      request.method === 'HEAD' ? Readable.from([]) : this.blobs.read(file.blob, { start, end }),
    );
  }
}
