import { ApiProperty } from '@nestjs/swagger';
import { JOIN_KEY_USES } from '#domain';
import { IntegerField, Name, Slug, Text, TextList, Time } from '../../platform/http/fields.js';
import { Page } from '../../platform/http/page.dto.js';
import { InstallLineDto } from '../distribution-points/distribution-point.dto.js';

export class CreateJoinKeyDto {
  @Name({ description: 'What it is for; shown in lists and in the audit.' })
  label: string;

  @Slug({ nullable: true, description: 'Of the DPs that join by it; null: they serve every tenant.' })
  tenant: string | null;

  @Text({
    min: 1,
    max: 40,
    pattern: '^[a-z0-9*-]+$',
    means: { key: 'what.dpPattern' },
    description: 'Names that DPs may take by it; `*` stands for any characters.',
    example: 'site-*',
  })
  pattern: string;

  @IntegerField({ min: 1, max: JOIN_KEY_USES, description: 'DPs that may join by it.' })
  uses: number;

  @TextList({
    optional: true,
    items: { min: 1, max: 64 },
    max: 50,
    description:
      'Networks (CIDR): what joins from one of them is enabled at once. Without any, each waits to be enabled.',
  })
  enableWithin?: string[];

  @Time({ description: 'When it stops working; a year ahead at most.' })
  expiresAt: string;
}

export class JoinKeyDto {
  @ApiProperty()
  id: string;

  @ApiProperty()
  label: string;

  @ApiProperty({ type: String, nullable: true })
  tenant: string | null;

  @ApiProperty()
  pattern: string;

  @ApiProperty({ type: 'integer' })
  uses: number;

  @ApiProperty({ type: [String], description: 'DPs that have joined by it.' })
  usedBy: string[];

  @ApiProperty({ type: [String] })
  enableWithin: string[];

  @ApiProperty({ format: 'date-time' })
  expiresAt: string;

  @ApiProperty()
  createdBy: string;

  @ApiProperty({ format: 'date-time' })
  createdAt: string;
}

export class CreatedJoinKeyDto extends JoinKeyDto {
  @ApiProperty({
    required: false,
    description: 'Shown this once; stored as SHA-256. Absent in the answer to a repeated request.',
  })
  key?: string;

  @ApiProperty({
    type: () => InstallLineDto,
    isArray: true,
    required: false,
    description:
      'For each platform one line that makes a machine a DP. `--name` behind it gives another name than the host name.',
  })
  installLines?: InstallLineDto[];
}

export class JoinKeyPage extends Page(JoinKeyDto) {}
