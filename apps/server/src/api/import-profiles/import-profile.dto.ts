import { ApiProperty } from '@nestjs/swagger';
import { IMPORT_COLUMNS, WITHOUT_DP } from '#domain';
import { Id, Name, NestedField, Slug, Text } from '../../platform/http/fields.js';
import { ListQuery, Sort } from '../../platform/http/list-query.dto.js';
import { Page } from '../../platform/http/page.dto.js';
import { COLUMN_SCHEMA, ValueMappingDto } from '../imports/import-assignment.dto.js';

export class CreateImportProfileDto {
  @Name({ max: 100 })
  name: string;

  @Id({ description: 'Id of the import run whose mapping, columns and choices it keeps.' })
  run: string;
}

export class ChangeImportProfileDto {
  @Name({ optional: true, max: 100 })
  name?: string;

  @Id({
    optional: true,
    description:
      'Takes over what this run, of a file with the same headings, was told; values of the same column that its file does not have stay.',
  })
  run?: string;

  @NestedField(() => ValueMappingDto, {
    optional: true,
    nullable: true,
    description: 'In place of the one it has.',
  })
  mapping?: ValueMappingDto | null;
}

export class ImportProfilesQuery extends ListQuery {
  @Sort(['name', 'changedAt'])
  sort?: string;

  @Slug({ optional: true, description: 'Tenant they belong to.' })
  tenant?: string;

  @Text({ optional: true, max: 255, description: 'Part of the name.' })
  q?: string;
}

export class ImportProfileDto {
  @ApiProperty()
  id: string;

  @ApiProperty()
  tenant: string;

  @ApiProperty()
  name: string;

  @ApiProperty({
    type: String,
    isArray: true,
    description: 'Files with these headings, in any order, are read by it.',
  })
  headers: string[];

  @ApiProperty({
    type: 'object',
    properties: Object.fromEntries(IMPORT_COLUMNS.map((name) => [name, COLUMN_SCHEMA])),
    description: 'Which column holds what, by headings.',
  })
  columns: Partial<Record<string, number | string>>;

  @ApiProperty({ type: () => ValueMappingDto, nullable: true })
  mapping: ValueMappingDto | null;

  @ApiProperty({ type: Boolean, nullable: true })
  dpFromColumn: boolean | null;

  @ApiProperty({ type: String, enum: WITHOUT_DP, nullable: true })
  withoutDp: string | null;

  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  @ApiProperty({ format: 'date-time' })
  changedAt: string;

  @ApiProperty({ type: 'integer' })
  revision: number;
}

export class ImportProfilePage extends Page(ImportProfileDto) {}
