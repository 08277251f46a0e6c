import { ApiProperty, getSchemaPath, PickType } from '@nestjs/swagger';
import { RELEASE_STATES, type ReleaseState } from '#domain';
import {
  BooleanField,
  OneOf,
  NestedMapField,
  Text,
  TextList,
  IntegerListField,
} from '../../platform/http/fields.js';
import { Changes } from '../../platform/http/changes.js';
import { ListQuery, Sort } from '../../platform/http/list-query.dto.js';
import { Page } from '../../platform/http/page.dto.js';

const VERSION = {
  min: 1,
  max: 40,
  pattern: '^[A-Za-z0-9][A-Za-z0-9._+-]*$',
  means: { key: 'what.version', params: { version: '1.4.0' } },
} as const;
const PLATFORM = {
  min: 1,
  max: 32,
  pattern: '^[a-z0-9][a-z0-9._-]{0,31}$',
  means: { key: 'what.platform' },
} as const;
const MOST_PLATFORMS = 20;
const EXIT_CODES = { min: 0, max: 65_535, length: 50 };

/** How the release is installed on one platform. */
export class PlatformDto {
  @Text({ min: 1, max: 255, description: 'Program to run in the unpacked release.', example: './install.sh' })
  install: string;

  @TextList({ optional: true, items: { max: 1000 }, max: 50, description: 'Its arguments; none by default.' })
  args?: string[];

  @IntegerListField({ optional: true, ...EXIT_CODES, description: 'Exit codes of success; 0 by default.' })
  successCodes?: number[];

  @IntegerListField({
    optional: true,
    ...EXIT_CODES,
    description: 'Exit codes of success that make a restart due; 3010 and 1641 by default.',
  })
  restartCodes?: number[];
}

const Platforms = (): PropertyDecorator =>
  NestedMapField(() => PlatformDto, getSchemaPath(PlatformDto), {
    keys: PLATFORM,
    max: MOST_PLATFORMS,
    description: 'By platform.',
  });

export class CreateClientReleaseDto {
  @Text(VERSION)
  version: string;

  @Platforms()
  platforms: Map<string, PlatformDto>;

  @BooleanField({
    optional: true,
    description: 'The one that is installed when a release names none, once it is published.',
  })
  default?: boolean;
}

export class ChangeClientReleaseDto extends Changes(
  PickType(CreateClientReleaseDto, ['platforms', 'default']),
) {
  @OneOf(RELEASE_STATES, { optional: true, description: 'draft → published → withdrawn.' })
  state?: ReleaseState;
}

export class ClientReleasesQuery extends ListQuery {
  @Sort(['version', 'createdAt', 'state'])
  sort?: string;

  @OneOf(RELEASE_STATES, { optional: true, description: 'State they are in.' })
  state?: string;
}

export class ShownPlatformDto {
  @ApiProperty()
  install: string;

  @ApiProperty({ type: String, isArray: true })
  args: readonly string[];

  @ApiProperty({ type: 'integer', isArray: true })
  successCodes: readonly number[];

  @ApiProperty({ type: 'integer', isArray: true })
  restartCodes: readonly number[];
}

export class ReleaseFileDto {
  @ApiProperty()
  platform: string;

  @ApiProperty()
  name: string;

  @ApiProperty({ type: 'integer', description: 'Bytes.' })
  size: number;

  @ApiProperty({ description: 'Lower-case hex.' })
  sha256: string;
}

export class ClientReleaseDto {
  @ApiProperty()
  version: string;

  @ApiProperty({ type: String, enum: RELEASE_STATES })
  state: ReleaseState;

  @ApiProperty()
  default: boolean;

  @ApiProperty({ type: 'object', additionalProperties: { $ref: getSchemaPath(ShownPlatformDto) } })
  platforms: Record<string, ShownPlatformDto>;

  @ApiProperty({ type: () => ReleaseFileDto, isArray: true })
  files: ReleaseFileDto[];

  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  @ApiProperty({ type: 'integer' })
  revision: number;
}

export class ClientReleasePage extends Page(ClientReleaseDto) {}
