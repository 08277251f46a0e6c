import { ApiProperty } from '@nestjs/swagger';
import { VIEW_LISTS } from '#domain';
import {
  BooleanField,
  CustomField,
  type FieldOptions,
  isPlainObject,
  Name,
  OneOf,
  Slug,
  Text,
  TextList,
} from '../../platform/http/fields.js';
import { ListQuery } from '../../platform/http/list-query.dto.js';
import { Page } from '../../platform/http/page.dto.js';

const CRITERION = /^[A-Za-z][A-Za-z0-9]{0,39}$/;
const MAX_CRITERIA = 20;
const MAX_VALUE = 255;

const FILTER_SCHEMA = {
  type: 'object',
  maxProperties: MAX_CRITERIA,
  propertyNames: { pattern: CRITERION.source },
  additionalProperties: { type: 'string', maxLength: MAX_VALUE },
  example: { folder: 'all', state: 'install-failed' },
} as const;

/** What narrows a list: names and values of its query. */
function Filter(options: FieldOptions = {}): PropertyDecorator {
  return CustomField(
    FILTER_SCHEMA,
    {
      code: 'object',
      holds: (value) =>
        isPlainObject(value) &&
        Object.keys(value).length <= MAX_CRITERIA &&
        Object.entries(value).every(
          ([name, said]) =>
            CRITERION.test(name) && typeof said === 'string' && Array.from(said).length <= MAX_VALUE,
        ),
      key: 'fault.viewFilter',
      params: { max: MAX_CRITERIA },
    },
    { description: 'Names and values of the query of the list.', ...options },
  );
}

const SORT = {
  optional: true,
  nullable: true,
  min: 1,
  max: 200,
  description: '`sort` of the list.',
} as const;
const COLUMNS = {
  optional: true,
  items: { min: 1, max: 60 },
  min: 0,
  max: 40,
  description: 'Names of columns of the console, in their order; none: as each reader has them.',
} as const;
const TENANT = {
  optional: true,
  nullable: true,
  description: 'The tenant whose people see it; null: its owner only.',
} as const;

export class CreateViewDto {
  @OneOf(VIEW_LISTS, { description: 'The list that it is of.' })
  list: string;

  @Name({ max: 100 })
  name: string;

  @Filter()
  filter: Record<string, string>;

  @Text(SORT)
  sort?: string | null;

  @TextList(COLUMNS)
  columns?: string[];

  @Slug(TENANT)
  tenant?: string | null;

  @BooleanField({ optional: true, description: "Whether the owner's list opens with it." })
  default?: boolean;
}

export class ChangeViewDto {
  @Name({ optional: true, max: 100 })
  name?: string;

  @Filter({ optional: true })
  filter?: Record<string, string>;

  @Text(SORT)
  sort?: string | null;

  @TextList(COLUMNS)
  columns?: string[];

  @Slug(TENANT)
  tenant?: string | null;

  @BooleanField({
    optional: true,
    description: "Whether the owner's list opens with it, instead of another one that did.",
  })
  default?: boolean;
}

export class ViewsQuery extends ListQuery {
  @OneOf(VIEW_LISTS, { optional: true, description: 'The list that they are of.' })
  list?: string;
}

export class ViewDto {
  @ApiProperty()
  id: string;

  @ApiProperty({ enum: VIEW_LISTS })
  list: string;

  @ApiProperty()
  name: string;

  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' }, example: FILTER_SCHEMA.example })
  filter: Record<string, string>;

  @ApiProperty({ type: String, nullable: true })
  sort: string | null;

  @ApiProperty({ type: String, isArray: true })
  columns: string[];

  @ApiProperty({ type: String, nullable: true, description: 'The tenant that it is shared with.' })
  tenant: string | null;

  @ApiProperty({ description: 'Name of who made it.' })
  owner: string;

  @ApiProperty({ description: 'Whether that is the caller.' })
  own: boolean;

  @ApiProperty({ description: 'Whether the caller may change, rename and delete it.' })
  changeable: boolean;

  @ApiProperty({ description: "Whether the caller's list opens with it." })
  default: boolean;

  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  @ApiProperty({ format: 'date-time' })
  changedAt: string;

  @ApiProperty({ type: 'integer' })
  revision: number;
}

export class ViewPage extends Page(ViewDto) {}
