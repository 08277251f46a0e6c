import { ApiProperty, OmitType } from '@nestjs/swagger';
import {
  type AdOptions,
  DIRECTORY_POLICIES,
  DIRECTORY_TEST_STEPS,
  DIRECTORY_TRANSPORTS,
  type DirectoryPolicy,
  type DirectorySchedule,
  type DirectoryTransport,
  RELEASES_PER_HOUR,
} from '#domain';
import {
  BooleanField,
  IntegerField,
  Name,
  NestedField,
  OneOf,
  Slug,
  Text,
  TextList,
} from '../../platform/http/fields.js';
import { Changes } from '../../platform/http/changes.js';
import { ListQuery, Sort } from '../../platform/http/list-query.dto.js';
import { Page } from '../../platform/http/page.dto.js';
import { DirectorySyncDto, ScheduleDto } from './directory-sync.dto.js';

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
const FILTER = { max: 4000, description: 'LDAP filter (RFC 4515), beside "is a computer".' };
const NAMES = { items: { min: 1, max: 2000 }, max: 50 };

/** What a schedule takes of what it finds. */
export class DirectoryOptionsDto {
  @TextList({ optional: true, ...NAMES, description: 'Only members of these groups, by distinguished name.' })
  includeGroups?: string[];

  @TextList({ optional: true, ...NAMES, description: 'No members of these groups.' })
  excludeGroups?: string[];

  @BooleanField({ optional: true, description: 'Groups within groups count too; true by default.' })
  nested?: boolean;

  @Text({ optional: true, min: 1, max: 255, description: 'Such as `Windows 1*`.' })
  osPattern?: string;

  @IntegerField({
    optional: true,
    min: 1,
    max: 3650,
    description: 'Days without logon after which a computer is left out.',
  })
  staleDays?: number;
}

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

  @NestedField(() => ScheduleDto, {
    optional: true,
    nullable: true,
    description: 'When it is read by itself; null: only when somebody asks.',
  })
  schedule?: ScheduleDto | null;

  @OneOf(DIRECTORY_POLICIES, {
    optional: true,
    description:
      'What becomes of what the schedule finds: left to a person (`preview`, the default); rows without warnings committed; committed, and new computers released.',
  })
  policy?: DirectoryPolicy;

  @IntegerField({
    optional: true,
    min: 1,
    max: 10_000,
    description: `Most computers an hour that the policy releases; ${RELEASES_PER_HOUR} by default.`,
  })
  releasesPerHour?: number;

  @Slug({
    optional: true,
    nullable: true,
    description: 'DP of computers that the schedule finds and that name none; null: the server DP.',
  })
  dp?: string | null;

  @NestedField(() => DirectoryOptionsDto, { optional: true })
  options?: DirectoryOptionsDto;
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

  @ApiProperty({ type: () => ScheduleDto, nullable: true })
  schedule: DirectorySchedule | null;

  @ApiProperty({ type: String, enum: DIRECTORY_POLICIES })
  policy: DirectoryPolicy;

  @ApiProperty({ type: 'integer' })
  releasesPerHour: number;

  @ApiProperty({ type: String, nullable: true })
  dp: string | null;

  @ApiProperty({ type: () => DirectoryOptionsDto })
  options: AdOptions;

  @ApiProperty({
    type: () => DirectorySyncDto,
    nullable: true,
    description:
      'Where its schedule stands; null when it has never had one, and nobody has asked for a sync.',
  })
  sync: DirectorySyncDto | null;

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

export class DirectorySampleDto {
  @ApiProperty({ description: 'Name of the account, without the dollar sign.' })
  name: string;

  @ApiProperty({ type: String, nullable: true })
  dnsName: string | null;

  @ApiProperty({ type: String, nullable: true })
  os: string | null;

  @ApiProperty({ description: 'Distinguished name.' })
  dn: string;
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

  @ApiProperty({
    type: () => DirectorySampleDto,
    isArray: true,
    description: 'Five of the computers that were found, at random.',
  })
  samples: DirectorySampleDto[];
}
