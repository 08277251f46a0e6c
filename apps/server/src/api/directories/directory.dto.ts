import { ApiProperty, OmitType } from '@nestjs/swagger';
import { DIRECTORY_TEST_STEPS, DIRECTORY_TRANSPORTS, type DirectoryTransport } from '#domain';
import { BooleanField, Name, Slug, Text, TextList } from '../../platform/http/fields.js';
import { Changes } from '../../platform/http/changes.js';
import { ListQuery, Sort } from '../../platform/http/list-query.dto.js';
import { Page } from '../../platform/http/page.dto.js';

const URL_FIELD = {
  min: 8,
  max: 300,
  pattern: String.raw`^[Ll][Dd][Aa][Pp][Ss]?://[^\s/?#@]+/?$`,
  means: { key: 'what.directoryUrl' },
  example: 'ldaps://dc1.corp.example.com',
} as const;
const PASSWORD = { min: 1, max: 1024, format: 'password', writeOnly: true };
const BIND_DN = {
  description:
    'Distinguished name, `user@domain` or `DOMAIN\\user`; a plain account that may read is enough.',
};
const BASES = {
  items: { min: 1, max: 2000 },
  min: 1,
  max: 50,
  unique: true,
  description: 'Where computers are searched, as distinguished names.',
  example: ['OU=Sites,DC=corp,DC=example,DC=com'],
};
const CA = { max: 65_536, description: 'Certificates to trust, PEM; without them those of the system.' };
const FILTER = { max: 4000, description: 'LDAP filter; beside "is a computer".' };

export class CreateDirectoryDto {
  @Name()
  name: string;

  @Slug()
  tenant: string;

  @Text({ ...URL_FIELD, description: 'Changed only together with the bind password: it is sealed for it.' })
  url: string;

  @BooleanField({
    optional: true,
    description: 'Encrypt `ldap://` by StartTLS; changed only together with the bind password.',
  })
  startTls?: boolean;

  @BooleanField({
    optional: true,
    description: 'Let `ldap://` send the password readable; false by default.',
  })
  allowPlain?: boolean;

  @Text({ optional: true, nullable: true, ...CA })
  caPem?: string | null;

  @Name({ max: 1024, ...BIND_DN })
  bindDn: string;

  @Text({ ...PASSWORD, description: 'Sealed to the importers; nobody can read it again.' })
  bindPassword: string;

  @TextList(BASES)
  bases: string[];

  @Text({ optional: true, nullable: true, ...FILTER })
  filter?: string | null;
}

export class ChangeDirectoryDto extends Changes(OmitType(CreateDirectoryDto, ['tenant'])) {}

export class DirectoriesQuery extends ListQuery {
  @Sort(['name', 'createdAt'])
  sort?: string;

  @Slug({ optional: true, description: 'Tenant they belong to.' })
  tenant?: string;

  @Text({ optional: true, max: 255, description: 'Part of name or URL.' })
  q?: string;
}

/** A directory without its bind password, which nobody but the importers can read. */
export class DirectoryDto {
  @ApiProperty()
  id: string;

  @ApiProperty()
  name: string;

  @ApiProperty()
  tenant: string;

  @ApiProperty()
  url: string;

  @ApiProperty()
  startTls: boolean;

  @ApiProperty()
  allowPlain: boolean;

  @ApiProperty({
    type: String,
    enum: DIRECTORY_TRANSPORTS,
    description: '`plain`: the password goes over the network readable.',
  })
  transport: DirectoryTransport;

  @ApiProperty({ type: String, nullable: true })
  caPem: string | null;

  @ApiProperty()
  bindDn: string;

  @ApiProperty({ description: 'Which key of the importers the password is sealed to.' })
  keyId: string;

  @ApiProperty({ type: String, isArray: true })
  bases: readonly string[];

  @ApiProperty({ type: String, nullable: true })
  filter: string | null;

  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  @ApiProperty({ type: 'integer' })
  revision: number;
}

export class DirectoryPage extends Page(DirectoryDto) {}

export class DirectoryTestStepDto {
  @ApiProperty({ enum: DIRECTORY_TEST_STEPS })
  step: string;

  @ApiProperty({
    type: Boolean,
    nullable: true,
    description: 'Null: not tried, because an earlier one failed or it does not apply.',
  })
  ok: boolean | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'What went wrong, as in `fault.code` of an import.',
  })
  code: string | null;

  @ApiProperty()
  text: string;

  @ApiProperty({ type: 'integer' })
  milliseconds: number;
}

export class DirectoryTestDto {
  @ApiProperty({ description: 'Whether every step that applies went well.' })
  ok: boolean;

  @ApiProperty({
    type: () => DirectoryTestStepDto,
    isArray: true,
    description: 'In order: resolve, connect, tls, bind, search, count.',
  })
  steps: DirectoryTestStepDto[];

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Computers that were found; null when it did not come to that.',
  })
  count: number | null;
}
