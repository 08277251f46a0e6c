import { ApiProperty, PickType } from '@nestjs/swagger';
import { Name, Slug, Text } from '../../platform/http/fields.js';
import { Changes } from '../../platform/http/changes.js';
import { ListQuery, Sort } from '../../platform/http/list-query.dto.js';
import { Page } from '../../platform/http/page.dto.js';

export class CreateTenantDto {
  @Slug()
  id: string;

  @Name()
  name: string;
}

export class ChangeTenantDto extends Changes(PickType(CreateTenantDto, ['name'])) {}

export class TenantsQuery extends ListQuery {
  @Sort(['id', 'name'])
  sort?: string;

  @Text({ optional: true, max: 255, description: 'Part of id or name.' })
  q?: string;
}

export class TenantDto {
  @ApiProperty()
  id: string;

  @ApiProperty()
  name: string;

  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  @ApiProperty({ type: 'integer' })
  revision: number;
}

export class TenantPage extends Page(TenantDto) {}
