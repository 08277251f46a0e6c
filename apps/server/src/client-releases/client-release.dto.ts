import { ApiProperty, getSchemaPath } from '@nestjs/swagger';
import { RELEASE_STATES, type ReleaseState } from '#domain';
import { Flag, OneOf, PartMap, Text, TextList, WholeList } from '../http/fields.js';
import { ListQuery, Sort } from '../http/list-query.dto.js';
import { Page } from '../http/page.dto.js';

const VERSION = {
  min: 1,
  max: 40,
  pattern: '^[A-Za-z0-9][A-Za-z0-9._+-]*$',
  means: 'a version such as 1.4.0',
};
const PLATFORM = {
  min: 1,
  max: 32,
  pattern: '^[a-z0-9][a-z0-9._-]{0,31}$',
  means: 'a platform such as linux, in lower case',
};
const MOST_PLATFORMS = 20;
const EXIT_CODES = { min: 0, max: 65_535, length: 50 };

/** How the release is installed on one platform. */
export class PlatformDto {
  @Text({ min: 1, max: 255, description: 'Program to run in the unpacked release.', example: './install.sh' })
  install: string;

  @TextList({ optional: true, items: { max: 1000 }, max: 50, description: 'Its arguments; none by default.' })
  args?: string[];

  @WholeList({ optional: true, ...EXIT_CODES, description: 'Exit codes of success; 0 by default.' })
  successCodes?: number[];

  @WholeList({
    optional: true,
    ...EXIT_CODES,
    description: 'Exit codes of success that make a restart due; 3010 and 1641 by default.',
  })
  restartCodes?: number[];
}

const platforms = (optional: boolean): PropertyDecorator =>
  PartMap(() => PlatformDto, getSchemaPath(PlatformDto), {
    optional,
    keys: PLATFORM,
    max: MOST_PLATFORMS,
    description: 'By platform.',
  });

export class CreateClientReleaseDto {
  @Text(VERSION)
  version: string;

  @platforms(false)
  platforms: Map<string, PlatformDto>;

  @Flag({ optional: true, description: 'Becomes the default when it is published.' })
  default?: boolean;
}

export class ChangeClientReleaseDto {
  @OneOf(RELEASE_STATES, { optional: true, description: 'draft → published → withdrawn.' })
  state?: ReleaseState;

  @platforms(true)
  platforms?: Map<string, PlatformDto>;

  @Flag({ optional: true, description: 'The one that is installed when a release names none.' })
  default?: boolean;
}

export class ClientReleasesQuery extends ListQuery {
  @Sort(['version', 'createdAt'])
  sort?: string;

  @OneOf(RELEASE_STATES, { optional: true })
  state?: string;
}

export class ShownPlatformDto {
  @ApiProperty({ type: String })
  install: string;

  @ApiProperty({ type: String, isArray: true })
  args: readonly string[];

  @ApiProperty({ type: 'integer', isArray: true })
  successCodes: readonly number[];

  @ApiProperty({ type: 'integer', isArray: true })
  restartCodes: readonly number[];
}

export class ReleaseFileDto {
  @ApiProperty({ type: String })
  platform: string;

  @ApiProperty({ type: String })
  name: string;

  /** Bytes. */
  @ApiProperty({ type: 'integer' })
  size: number;

  /** Lower-case hex. */
  @ApiProperty({ type: String })
  sha256: string;
}

export class ClientReleaseDto {
  @ApiProperty({ type: String })
  version: string;

  @ApiProperty({ type: String, enum: RELEASE_STATES })
  state: ReleaseState;

  @ApiProperty({ type: Boolean })
  default: boolean;

  @ApiProperty({ type: 'object', additionalProperties: { $ref: getSchemaPath(ShownPlatformDto) } })
  platforms: Record<string, ShownPlatformDto>;

  @ApiProperty({ type: () => ReleaseFileDto, isArray: true })
  files: ReleaseFileDto[];

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt: string;

  @ApiProperty({ type: 'integer' })
  revision: number;
}

export class ClientReleasePage extends Page(ClientReleaseDto) {}
