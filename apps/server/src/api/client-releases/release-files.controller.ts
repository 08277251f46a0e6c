import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { BlobStore } from '#persistence';
import { ReleaseFilesService } from '../../engine/release-files/release-files.service.js';
import { Public } from '../../platform/auth/require-permission.js';
import { sendRangedFile } from '../../platform/http/ranged-file.js';

/** Downloads of release files, for gateways: the path is signed and good for a minute. */
@ApiExcludeController()
@Controller('internal/release-files')
@Public()
export class ReleaseFilesController {
  constructor(
    private readonly files: ReleaseFilesService,
    private readonly blobs: BlobStore,
  ) {}

  @Get(':release/:file')
  async download(
    @Param('release') release: string,
    @Param('file') name: string,
    @Query('until') until: unknown,
    @Query('token') token: unknown,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { size, sha256, blob } = await this.files.open(
      release,
      name,
      String(until),
      String(token),
      new Date(),
    );
    await sendRangedFile(request, reply, { size, sha256, read: (range) => this.blobs.read(blob, range) });
  }
}
