import { ApiProperty } from '@nestjs/swagger';
import { DIRECTORY_TEST_STEPS, DIRECTORY_TRANSPORTS, type DirectoryTransport } from '#domain';
import { Flag, Name, Slug, Text, TextList } from '../http/fields.js';
import { ListQuery, Sort } from '../http/list-query.dto.js';
import { Page } from '../http/page.dto.js';

const URL_FIELD = {
  min: 8,
  max: 300,
  pattern: String.raw`^[Ll][Dd][Aa][Pp][Ss]?://[^\s/?#@]+/?$`,
  means: 'ldaps://host[:port] or ldap://host[:port]',
  example: 'ldaps://dc1.corp.example.com',
};
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
const START_TLS = 'Encrypt `ldap://` by StartTLS.';
const PLAIN = 'Let `ldap://` send the password readable; false by default.';

export class CreateDirectoryDto {
  @Name()
  name: string;

  @Slug()
  tenant: string;

  @Text(URL_FIELD)
  url: string;

  @Flag({ optional: true, description: START_TLS })
  startTls?: boolean;

  @Flag({ optional: true, description: PLAIN })
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

export class ChangeDirectoryDto {
  @Name({ optional: true })
  name?: string;

  @Text({
    optional: true,
    ...URL_FIELD,
    description: 'Only together with the password: it is sealed with it.',
  })
  url?: string;

  @Flag({ optional: true, description: `${START_TLS} Only together with the password.` })
  startTls?: boolean;

  @Flag({ optional: true, description: PLAIN })
  allowPlain?: boolean;

  @Text({ optional: true, nullable: true, ...CA })
  caPem?: string | null;

  @Name({ optional: true, max: 1024, ...BIND_DN })
  bindDn?: string;

  @Text({ optional: true, ...PASSWORD })
  bindPassword?: string;

  @TextList({ optional: true, ...BASES })
  bases?: string[];

  @Text({ optional: true, nullable: true, ...FILTER })
  filter?: string | null;
}

export class DirectoriesQuery extends ListQuery {
  @Sort(['name', 'createdAt'])
  sort?: string;

  @Slug({ optional: true })
  tenant?: string;

  @Text({ optional: true, max: 255, description: 'Part of name or URL.' })
  q?: string;
}

/** A directory without its bind password, which nobody but the importers can read. */
export class DirectoryDto {
  @ApiProperty({ type: String })
  id: string;

  @ApiProperty({ type: String })
  name: string;

  @ApiProperty({ type: String })
  tenant: string;

  @ApiProperty({ type: String })
  url: string;

  @ApiProperty({ type: Boolean })
  startTls: boolean;

  @ApiProperty({ type: Boolean })
  allowPlain: boolean;

  /** `plain`: the password goes over the network readable. */
  @ApiProperty({ type: String, enum: DIRECTORY_TRANSPORTS })
  transport: DirectoryTransport;

  @ApiProperty({ type: String, nullable: true })
  caPem: string | null;

  @ApiProperty({ type: String })
  bindDn: string;

  /** Which key of the importers the password is sealed to. */
  @ApiProperty({ type: String })
  keyId: string;

  @ApiProperty({ type: String, isArray: true })
  bases: readonly string[];

  @ApiProperty({ type: String, nullable: true })
  filter: string | null;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt: string;

  @ApiProperty({ type: 'integer' })
  revision: number;
}

export class DirectoryPage extends Page(DirectoryDto) {}

export class DirectoryTestStepDto {
  @ApiProperty({ type: String, enum: DIRECTORY_TEST_STEPS })
  step: string;

  /** Null: not tried, because an earlier one failed or it does not apply. */
  @ApiProperty({ type: Boolean, nullable: true })
  ok: boolean | null;

  /** What went wrong, as in `fault.code` of an import. */
  @ApiProperty({ type: String, nullable: true })
  code: string | null;

  @ApiProperty({ type: String })
  text: string;

  @ApiProperty({ type: 'integer' })
  milliseconds: number;
}

export class DirectoryTestDto {
  /** Whether every step that applies went well. */
  @ApiProperty({ type: Boolean })
  ok: boolean;

  /** In order: resolve, connect, tls, bind, search, count. */
  @ApiProperty({ type: () => DirectoryTestStepDto, isArray: true })
  steps: DirectoryTestStepDto[];

  /** Computers that were found; null when it did not come to that. */
  @ApiProperty({ type: 'integer', nullable: true })
  count: number | null;
}
