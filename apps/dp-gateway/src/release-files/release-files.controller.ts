import { Controller, Get, Param, Req, Res, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { releaseFileCall, RPC } from '#contract';
import { DomainError } from '#domain';
import { CurrentDp, DpGuard, type CallingDp } from '../identity/dp.guard.js';
import { ServerCalls } from '../server-calls/server-calls.js';
import { ServerFiles } from '../server-calls/server-files.js';

/** Client release files, streamed from the server to DPs that hold an order with that release. */
@ApiTags('dp')
@ApiBearerAuth()
@Controller('dp/v1/releases')
@UseGuards(DpGuard)
export class ReleaseFilesController {
  constructor(
    private readonly server: ServerCalls,
    private readonly files: ServerFiles,
  ) {}

  @Get(':release/files/:file')
  @ApiOkResponse({ description: 'The file; Range and ETag as RFC 9110 has them.' })
  async download(
    @CurrentDp() { identity }: CallingDp,
    @Param('release') release: string,
    @Param('file') file: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (identity.status !== 'enabled') {
      const code = identity.status === 'disabled' ? 'DP_DISABLED' : 'NOT_FOUND';
      throw new DomainError(code, 'gateway.noFiles');
    }
    const call = releaseFileCall.parse({ dp: identity.dp, release, file });
    const { path } = await this.server.call(RPC.releaseFile, call);
    await this.files.pass(path, request, reply);
  }
}
