import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { currentTime } from '#runtime';
import { AgentBundlesService } from '../../engine/agent-bundles/agent-bundles.service.js';
import { Public } from '../../platform/auth/require-permission.js';
import { sendRangedFile } from '../../platform/http/ranged-file.js';

/** Downloads of the agent's program, for gateways: the path is signed and good for a minute. */
@ApiExcludeController()
@Controller('internal/agent-files')
@Public()
export class AgentFilesController {
  constructor(private readonly bundles: AgentBundlesService) {}

  @Get(':file')
  async download(
    @Param('file') name: string,
    @Query('until') until: unknown,
    @Query('token') token: unknown,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await sendRangedFile(
      request,
      reply,
      await this.bundles.open(name, String(until), String(token), currentTime()),
    );
  }
}
