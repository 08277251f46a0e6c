import { ApiProperty } from '@nestjs/swagger';
import { COMPUTER_ACTIONS, COMPUTER_FOLDERS, COMPUTER_STATES, DOMAIN_ERROR_CODES } from '#domain';
import { Checked, Flag, Id, OneOf, Part, QueryFlag, Slug, Text, TextList, Time } from '../http/fields.js';

/** Computers one call may name. */
const MOST_COMPUTERS = 10_000;

export class ChangeComputerDto {
  @Text({ optional: true, nullable: true, max: 1000 })
  description?: string | null;

  @Text({
    optional: true,
    nullable: true,
    min: 1,
    max: 255,
    pattern: '^[A-Za-z0-9][A-Za-z0-9._:%-]*$',
    means: 'an IP address or a host name',
  })
  address?: string | null;

  @Checked(
    {},
    { code: 'any', holds: () => true, message: '' },
    {
      optional: true,
      nullable: true,
      description:
        'Always refused: the DP is fixed at import (409 `DP_FIXED`), later location rules decide it.',
    },
  )
  dp?: unknown;
}

export class ForceQuery {
  @QueryFlag({ description: 'Also when an order is leased or runs; what it started is not undone.' })
  force?: boolean;
}

const IDS = { items: { min: 1, max: 40 }, min: 1, max: MOST_COMPUTERS } as const;

export class DeleteComputersDto {
  @TextList(IDS)
  computers: string[];

  @Flag({
    optional: true,
    description: 'Also when an order is leased or runs; what it started is not undone.',
  })
  force?: boolean;
}

/** Which computers; all criteria must hold. As the filters of the list. */
export class ComputerFilterDto {
  @Slug({ optional: true })
  tenant?: string;

  @OneOf(COMPUTER_STATES, { optional: true })
  state?: string;

  @OneOf(COMPUTER_FOLDERS, { optional: true })
  folder?: string;

  @Slug({ optional: true })
  dp?: string;

  @Slug({ optional: true })
  fixedDp?: string;

  @Text({ optional: true, max: 255 })
  q?: string;

  @Id({ optional: true })
  import?: string;

  @Text({ optional: true, min: 1, max: 64 })
  alert?: string;
}

/** How a release is to be done. */
export class ReleaseWishDto {
  @Text({
    optional: true,
    nullable: true,
    min: 1,
    max: 40,
    description: 'Client release; absent: the one in the settings of DP or tenant, else the default one.',
  })
  release?: string | null;

  @Time({ optional: true, nullable: true, description: 'Not before this time.' })
  notBefore?: string | null;

  @Text({ optional: true, nullable: true, max: 1000 })
  note?: string | null;
}

/** Computers by id, or by filter. */
export class ReleaseComputersDto extends ReleaseWishDto {
  @TextList({ optional: true, ...IDS })
  computers?: string[];

  @Part(() => ComputerFilterDto, { optional: true })
  filter?: ComputerFilterDto;
}

export class ReimportDto {
  @Slug({ nullable: true, description: 'Null: no DP, the server DP installs it.' })
  dp: string | null;
}

export class ComputerActionDto {
  @OneOf(COMPUTER_ACTIONS)
  kind: string;

  @Text({
    optional: true,
    nullable: true,
    min: 1,
    max: 40,
    description: 'Client release that `reinstall` installs; absent: as for a release.',
  })
  release?: string | null;

  @Text({ optional: true, nullable: true, max: 1000 })
  note?: string | null;
}

/** What became of one computer. */
export class ReleaseResultDto {
  @ApiProperty({ type: String })
  computer: string;

  @ApiProperty({ type: String, nullable: true })
  order: string | null;

  /** Where the order went; null: there is no such computer. */
  @ApiProperty({ type: String, enum: ['dp', 'server-dp'], nullable: true })
  via: 'dp' | 'server-dp' | null;

  @ApiProperty({ type: String, nullable: true })
  dp: string | null;

  /** Why it was refused. */
  @ApiProperty({ type: String, enum: DOMAIN_ERROR_CODES, required: false })
  code?: string;

  @ApiProperty({ type: String })
  message: string;
}

export class ReleaseResultsDto {
  @ApiProperty({ type: () => ReleaseResultDto, isArray: true })
  results: ReleaseResultDto[];

  @ApiProperty({ type: 'object', additionalProperties: { type: 'integer' } })
  counts: Record<string, number>;
}

export class DeleteResultDto {
  @ApiProperty({ type: String })
  computer: string;

  @ApiProperty({ type: Boolean })
  deleted: boolean;

  @ApiProperty({ type: String, enum: DOMAIN_ERROR_CODES, required: false })
  code?: string;

  @ApiProperty({ type: String })
  message: string;
}

export class DeleteResultsDto {
  @ApiProperty({ type: () => DeleteResultDto, isArray: true })
  results: DeleteResultDto[];

  @ApiProperty({
    type: 'object',
    properties: { deleted: { type: 'integer' }, refused: { type: 'integer' } },
    required: ['deleted', 'refused'],
  })
  counts: { deleted: number; refused: number };
}
