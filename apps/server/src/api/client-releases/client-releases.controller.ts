import { Readable } from 'node:stream';
import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  Inject,
  Param,
  Patch,
  Post,
  Put,
  Query,
  Req,
} from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiCreatedResponse,
  ApiExtraModels,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiTags,
  ApiOperation,
} from '@nestjs/swagger';
import { ApiProblems } from '../../platform/http/api-problems.js';
import type { FastifyRequest } from 'fastify';
import {
  type Caller,
  type ClientRelease,
  type InstallInstruction,
  invalid,
  type ReleaseFile,
  type ReleaseVersion,
  mustBe,
} from '#domain';
import { ClientReleaseRepository } from '#persistence';
import { CurrentCaller } from '../../platform/auth/current-caller.js';
import { RequirePermission } from '../../platform/auth/require-permission.js';
import { SERVER_ENV, type ServerEnv } from '../../platform/config/server-env.js';
import { CreatedAt } from '../../platform/http/response-headers.interceptor.js';
import { bodyStream } from '../../platform/http/body-stream.js';
import { CurrentIdempotentCreate, type IdempotentCreate } from '../../platform/http/idempotent-create.js';
import { IfMatch } from '../../platform/http/if-match.js';
import { mapPage } from '../../platform/http/page.dto.js';
import { pageInMemory } from '../../platform/http/page-in-memory.js';
import { EdgeError } from '#http';
import {
  ChangeClientReleaseDto,
  ClientReleaseDto,
  ClientReleasePage,
  ClientReleasesQuery,
  CreateClientReleaseDto,
  PlatformDto,
  ReleaseFileDto,
  ShownPlatformDto,
} from './client-release.dto.js';
import { ClientReleasesService } from './client-releases.service.js';

const FILE_NAME = '^[A-Za-z0-9][A-Za-z0-9._+ -]{0,199}$';
/** Windows Installer's codes for "restart required" and "restart started"; other installers follow them. */
const DEFAULT_RESTART_CODES = [3010, 1641];

@ApiTags('client-releases')
@ApiExtraModels(PlatformDto, ShownPlatformDto)
@Controller('api/v1/client-releases')
@RequirePermission('releases.manage')
export class ClientReleasesController {
  constructor(
    private readonly releases: ClientReleasesService,
    private readonly repository: ClientReleaseRepository,
    @Inject(SERVER_ENV) private readonly env: ServerEnv,
  ) {}

  @Get()
  @ApiOperation({
    operationId: 'listClientReleases',
    summary: 'List client releases',
    description: 'Versions of the management client, with their files.',
  })
  @RequirePermission('releases.read')
  @ApiOkResponse({ type: ClientReleasePage })
  async list(@Query() query: ClientReleasesQuery): Promise<ClientReleasePage> {
    const found = (await this.repository.list())
      .filter(({ state }) => query.state === undefined || query.state === state)
      .map((release) => ({ ...release, id: release.version }));
    const page = pageInMemory(found, query, {
      version: (one) => one.version,
      createdAt: (one) => one.createdAt,
      state: (one) => one.state,
    });
    return mapPage(page, releaseDto);
  }

  @Post()
  @ApiOperation({
    operationId: 'createClientRelease',
    summary: 'Create a client release',
    description: 'Creates a draft; upload its files next, then publish it.',
  })
  @ApiProblems('DUPLICATE')
  @CreatedAt('/api/v1/client-releases/{version}')
  @ApiCreatedResponse({ type: ClientReleaseDto })
  async create(
    @CurrentCaller() caller: Caller,
    @Body() body: CreateClientReleaseDto,
    @CurrentIdempotentCreate() creation: IdempotentCreate,
  ): Promise<ClientReleaseDto> {
    const wish = {
      version: body.version as ReleaseVersion,
      platforms: instructions(body.platforms),
      default: body.default ?? false,
    };
    return releaseDto(await this.releases.create(caller, wish, creation));
  }

  @Get(':version')
  @ApiOperation({
    operationId: 'getClientRelease',
    summary: 'Show a client release',
    description: 'One version, with its files.',
  })
  @RequirePermission('releases.read')
  @ApiOkResponse({ type: ClientReleaseDto })
  async get(@Param('version') version: string): Promise<ClientReleaseDto> {
    return releaseDto(await this.releases.get(version as ReleaseVersion));
  }

  @Patch(':version')
  @ApiOperation({
    operationId: 'changeClientRelease',
    summary: 'Change a client release',
    description:
      'Publishes a draft (`state: "published"`), withdraws a version, changes how a draft is installed, or makes a version the default.',
  })
  @ApiProblems('WRONG_STATE')
  @ApiOkResponse({ type: ClientReleaseDto })
  async change(
    @CurrentCaller() caller: Caller,
    @Param('version') version: string,
    @Body() body: ChangeClientReleaseDto,
    @IfMatch() revision: number | null,
  ): Promise<ClientReleaseDto> {
    const change = {
      state: body.state,
      default: body.default,
      platforms: body.platforms && instructions(body.platforms),
    };
    return releaseDto(await this.releases.change(caller, version as ReleaseVersion, change, revision));
  }

  @Delete(':version')
  @ApiOperation({
    operationId: 'deleteClientRelease',
    summary: 'Delete a client release',
    description: 'Deletes a draft, or a withdrawn version that no open order installs, with its files.',
  })
  @ApiProblems('WRONG_STATE')
  @HttpCode(204)
  @ApiNoContentResponse()
  remove(
    @CurrentCaller() caller: Caller,
    @Param('version') version: string,
    @IfMatch() revision: number | null,
  ): Promise<void> {
    return this.releases.remove(caller, version as ReleaseVersion, revision);
  }

  @Put(':version/files/:platform')
  @ApiOperation({
    operationId: 'uploadClientReleaseFile',
    summary: 'Upload the file of a platform',
    description:
      'Takes the file as the raw body. Only a draft takes files; a second upload replaces the first.',
  })
  @ApiProblems('WRONG_STATE', 'DUPLICATE')
  @ApiConsumes('application/octet-stream')
  @ApiBody({ schema: { type: 'string', format: 'binary', example: 'the bytes of the file' } })
  @ApiHeader({
    name: 'X-File-Name',
    required: false,
    description: 'Name of the file on the computers; made of version and platform when left out.',
    schema: { type: 'string', pattern: FILE_NAME },
  })
  @ApiOkResponse({ type: ReleaseFileDto })
  async putFile(
    @CurrentCaller() caller: Caller,
    @Param('version') version: string,
    @Param('platform') platform: string,
    @Headers('x-file-name') fileName: string | undefined,
    @Req() request: FastifyRequest,
  ): Promise<ReleaseFileDto> {
    const content = request.body;
    if (!(content instanceof Readable)) {
      throw new EdgeError('UNSUPPORTED_MEDIA_TYPE', 'release.rawBody');
    }
    const name = fileName ?? `${version}-${platform}.bin`;
    if (!new RegExp(FILE_NAME).test(name)) {
      throw invalid([
        {
          path: 'X-File-Name',
          code: 'text',
          ...mustBe('what.fileName'),
        },
      ]);
    }
    const stream = bodyStream(request, content, this.env.RELEASE_MAX_BYTES);
    return fileDto(await this.releases.putFile(caller, version as ReleaseVersion, platform, name, stream));
  }
}

function instructions(platforms: ReadonlyMap<string, PlatformDto>): Record<string, InstallInstruction> {
  return Object.fromEntries(
    [...platforms].map(([name, { install, args, successCodes, restartCodes }]) => [
      name,
      {
        install,
        args: args ?? [],
        successCodes: successCodes ?? [0],
        restartCodes: restartCodes ?? DEFAULT_RESTART_CODES,
      },
    ]),
  );
}

function releaseDto(release: ClientRelease): ClientReleaseDto {
  return {
    version: release.version,
    state: release.state,
    default: release.default,
    platforms: { ...release.platforms },
    files: release.files.map(fileDto),
    createdAt: release.createdAt.toISOString(),
    revision: release.revision,
  };
}

function fileDto({ platform, name, size, sha256 }: ReleaseFile): ReleaseFileDto {
  return { platform, name, size, sha256 };
}
