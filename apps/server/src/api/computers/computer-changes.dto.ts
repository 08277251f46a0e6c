import { ApiProperty, PickType } from '@nestjs/swagger';
import { COMPUTER_ACTIONS, DOMAIN_ERROR_CODES, HOLD_CODES } from '#domain';
import { ComputerFilterDto } from './computer-query.dto.js';
import {
  CustomField,
  BooleanField,
  OneOf,
  NestedField,
  QueryFlag,
  Slug,
  Text,
  TextList,
  Time,
} from '../../platform/http/fields.js';

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
    means: { key: 'what.addressOrHost' },
  })
  address?: string | null;

  @CustomField(
    {},
    { code: 'any', holds: () => true, key: 'fault.unknownField' },
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

  @BooleanField({
    optional: true,
    description: 'Also when an order is leased or runs; what it started is not undone.',
  })
  force?: boolean;
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

  @NestedField(() => ComputerFilterDto, { optional: true })
  filter?: ComputerFilterDto;
}

export class ReimportDto {
  @Slug({ nullable: true, description: 'Null: no DP, the server DP installs it.' })
  dp: string | null;
}

export class ComputerActionDto extends PickType(ReleaseWishDto, ['release', 'note']) {
  @OneOf(COMPUTER_ACTIONS, { description: '`release` counts for `reinstall`.' })
  kind: string;
}

/** What became of one computer. */
export class ReleaseResultDto {
  @ApiProperty()
  computer: string;

  @ApiProperty({ type: String, nullable: true })
  order: string | null;

  @ApiProperty({
    type: String,
    enum: ['dp', 'server-dp'],
    nullable: true,
    description: 'Where the order went; null: there is no such computer.',
  })
  via: 'dp' | 'server-dp' | null;

  @ApiProperty({ type: String, nullable: true })
  dp: string | null;

  @ApiProperty({
    enum: HOLD_CODES,
    required: false,
    description:
      '`ACCOUNT_NOT_SEALED`: its order waits until an account is entered again that the distribution point can open. `DP_PLATFORM`: until the distribution point has a method for the operating system.',
  })
  heldBack?: string;

  @ApiProperty({ enum: DOMAIN_ERROR_CODES, required: false, description: 'Why it was refused.' })
  code?: string;

  @ApiProperty()
  message: string;
}

export class ReleaseResultsDto {
  @ApiProperty({ type: () => ReleaseResultDto, isArray: true })
  results: ReleaseResultDto[];

  @ApiProperty({ type: 'object', additionalProperties: { type: 'integer' } })
  counts: Record<string, number>;
}

export class DeleteResultDto {
  @ApiProperty()
  computer: string;

  @ApiProperty()
  deleted: boolean;

  @ApiProperty({ enum: DOMAIN_ERROR_CODES, required: false })
  code?: string;

  @ApiProperty()
  message: string;
}

export class DeleteResultsDto {
  @ApiProperty({ type: () => DeleteResultDto, isArray: true })
  results: DeleteResultDto[];

  @ApiProperty({
    type: 'object',
    properties: { deleted: { type: 'integer' }, refused: { type: 'integer' } },
    selfRequired: true,
    required: ['deleted', 'refused'],
  })
  counts: { deleted: number; refused: number };
}
