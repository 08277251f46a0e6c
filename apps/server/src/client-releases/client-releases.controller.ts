import { Readable } from 'node:stream';
import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
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
} from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { ClientRelease, InstallInstruction, ReleaseFile, ReleaseVersion } from '#domain';
import { ClientReleaseRepository } from '#persistence';
import { CurrentCaller, type Caller } from '../access/caller.js';
import { Needs } from '../access/needs.js';
import { serverEnv } from '../env.js';
import { CreatedAt } from '../http/answer-headers.interceptor.js';
import { bodyStream } from '../http/body-stream.js';
import { CurrentCreation, type Creation } from '../http/creation.js';
import { IfMatch } from '../http/if-match.js';
import { mapPage } from '../http/page.dto.js';
import { pageInMemory } from '../http/page-in-memory.js';
import { EdgeError } from '../http/problem.js';
import { invalid } from '../http/request.pipe.js';
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
import { ClientReleases } from './client-releases.service.js';

const FILE_NAME = '^[A-Za-z0-9][A-Za-z0-9._+ -]{0,199}$';
/** Windows Installer's codes for "restart required" and "restart started"; other installers follow them. */
const DEFAULT_RESTART_CODES = [3010, 1641];

@ApiTags('client-releases')
@ApiExtraModels(PlatformDto, ShownPlatformDto)
@Controller('api/v1/client-releases')
@Needs('releases.manage')
export class ClientReleasesController {
  constructor(
    private readonly releases: ClientReleases,
    private readonly repository: ClientReleaseRepository,
  ) {}

  @Get()
  @Needs('releases.read')
  @ApiOkResponse({ type: ClientReleasePage })
  async list(@Query() query: ClientReleasesQuery): Promise<ClientReleasePage> {
    const found = (await this.repository.list())
      .filter(({ state }) => query.state === undefined || query.state === state)
      .map((release) => ({ ...release, id: release.version }));
    const page = pageInMemory(found, query, {
      version: (one) => one.version,
      createdAt: (one) => one.createdAt,
    });
    return mapPage(page, releaseDto);
  }

  /** Makes a draft; its files are uploaded next. */
  @Post()
  @CreatedAt('/api/v1/client-releases/{version}')
  @ApiCreatedResponse({ type: ClientReleaseDto })
  async create(
    @CurrentCaller() caller: Caller,
    @Body() body: CreateClientReleaseDto,
    @CurrentCreation() creation: Creation,
  ): Promise<ClientReleaseDto> {
    const wish = {
      version: body.version as ReleaseVersion,
      platforms: instructions(body.platforms),
      default: body.default ?? false,
    };
    return releaseDto(await this.releases.create(caller, wish, creation));
  }

  @Get(':version')
  @Needs('releases.read')
  @ApiOkResponse({ type: ClientReleaseDto })
  async get(@Param('version') version: string): Promise<ClientReleaseDto> {
    return releaseDto(await this.releases.get(version as ReleaseVersion));
  }

  /** Publishes (`state: "published"`), withdraws, or makes it the default. */
  @Patch(':version')
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
  @HttpCode(204)
  @ApiNoContentResponse()
  remove(
    @CurrentCaller() caller: Caller,
    @Param('version') version: string,
    @IfMatch() revision: number | null,
  ): Promise<void> {
    return this.releases.remove(caller, version as ReleaseVersion, revision);
  }

  /** Uploads the file of a platform as the raw body; only to a draft. Again: replaces it. */
  @Put(':version/files/:platform')
  @ApiConsumes('application/octet-stream')
  @ApiBody({ schema: { type: 'string', format: 'binary' } })
  @ApiHeader({ name: 'X-File-Name', required: false, schema: { type: 'string', pattern: FILE_NAME } })
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
      throw new EdgeError(
        'UNSUPPORTED_MEDIA_TYPE',
        'Send the file as the raw body, as application/octet-stream.',
      );
    }
    const name = fileName ?? `${version}-${platform}.bin`;
    if (!new RegExp(FILE_NAME).test(name)) {
      throw invalid([
        { path: 'X-File-Name', code: 'text', message: 'must be a plain file name without folders' },
      ]);
    }
    const stream = bodyStream(request, content, serverEnv().RELEASE_MAX_BYTES);
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
