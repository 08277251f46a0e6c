import { ApiProperty } from '@nestjs/swagger';
import { Name, Slug, Text } from '../http/fields.js';
import { ListQuery, Sort } from '../http/list-query.dto.js';
import { Page } from '../http/page.dto.js';

export class CreateTenantDto {
  @Slug()
  id: string;

  @Name()
  name: string;
}

export class ChangeTenantDto {
  @Name({ optional: true })
  name?: string;
}

export class TenantsQuery extends ListQuery {
  @Sort(['id', 'name'])
  sort?: string;

  @Text({ optional: true, max: 255, description: 'Part of id or name.' })
  q?: string;
}

export class TenantDto {
  @ApiProperty({ type: String })
  id: string;

  @ApiProperty({ type: String })
  name: string;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt: string;

  @ApiProperty({ type: 'integer' })
  revision: number;
}

export class TenantPage extends Page(TenantDto) {}
