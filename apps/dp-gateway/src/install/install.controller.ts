import { Controller, Get, Header, Ip, Param, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { agentBundleCall, agentFileCall, RPC } from '#contract';
import { type Limited, RateLimits } from '../http/rate-limits.js';
import { ServerCalls } from '../server-calls/server-calls.js';
import { ServerFiles } from '../server-calls/server-files.js';

/**
 * What a machine fetches to become a DP, and a DP to become a newer one (docs/install-dp.md). Anybody may have it: it holds no
 * secret, and what it says of itself is signed by the server.
 */
@ApiTags('install')
@Controller('install')
export class InstallController {
  constructor(
    private readonly server: ServerCalls,
    private readonly files: ServerFiles,
    private readonly limits: RateLimits,
  ) {}

  /** The install script. */
  @Get('dp.sh')
  @ApiOkResponse({ description: 'A script for a POSIX shell.' })
  script(@Ip() address: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.send('dp.sh', 'install', address, request, reply);
  }

  /** The signed manifest of one version of the agent; `latest`: of the newest. */
  @Get('manifests/:version')
  @Header('cache-control', 'no-store')
  @Header('content-type', 'text/plain; charset=utf-8')
  @ApiProduces('text/plain')
  @ApiOkResponse({ description: 'Lines of text; docs/dp-protocol.md says what they mean.' })
  async manifest(@Param('version') version: string, @Ip() address: string): Promise<string> {
    await this.limits.admit('install', address);
    const call = agentBundleCall.parse({ version: version === 'latest' ? null : version });
    return (await this.server.call(RPC.agentBundle, call)).text;
  }

  /** A file that a manifest names. */
  @Get('files/:file')
  @ApiOkResponse({ description: 'The file; Range and ETag as RFC 9110 has them.' })
  file(
    @Param('file') file: string,
    @Ip() address: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.send(file, 'installFiles', address, request, reply);
  }

  private async send(
    file: string,
    limit: Limited,
    address: string,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> {
    await this.limits.admit(limit, address);
    const { path } = await this.server.call(RPC.agentFile, agentFileCall.parse({ file }));
    await this.files.pass(path, request, reply);
  }
}
