import { ApiProperty } from '@nestjs/swagger';
import { FAILURE_CODES, inScope, type Brake, type TenantScope } from '#domain';
import { type Language, textIn } from '#texts';
import { Id, Name, NestedField, QueryFlag, Slug, Text } from '../../platform/http/fields.js';
import { ListQuery } from '../../platform/http/list-query.dto.js';
import { Page } from '../../platform/http/page.dto.js';

/** What is stopped: orders that share all the named parts. */
export class BrakeScopeDto {
  @Id({ optional: true, nullable: true, description: 'An account.' })
  account?: string | null;
  @Text({ optional: true, nullable: true, min: 1, max: 40, description: 'Version of a client release.' })
  release?: string | null;
  @Slug({ optional: true, nullable: true, description: 'A distribution point.' })
  dp?: string | null;
}

export class OpenBrakeDto {
  @NestedField(() => BrakeScopeDto)
  scope: BrakeScopeDto;
  @Name({ description: 'Why, for those who find their orders stopped.' })
  reason: string;
}

export class LiftBrakeDto {
  @Name({ description: 'What was done about the cause.' })
  reason: string;
}

export class BrakesQuery extends ListQuery {
  @QueryFlag({ description: 'Only open ones, or only lifted ones.' })
  open?: boolean;

  @Text({ optional: true, max: 100, description: 'Part of the reason.' })
  q?: string;
}

export class BrakeEvidenceDto {
  @ApiProperty()
  order: string;
  @ApiProperty()
  dp: string;
  @ApiProperty({ enum: FAILURE_CODES })
  code: string;
  @ApiProperty({ format: 'date-time' })
  at: string;
}

export class ShownScopeDto {
  @ApiProperty({ type: String, nullable: true })
  account: string | null;
  @ApiProperty({ type: String, nullable: true })
  release: string | null;
  @ApiProperty({ type: String, nullable: true })
  dp: string | null;
}

export class LiftedDto {
  @ApiProperty()
  by: string;
  @ApiProperty({ format: 'date-time' })
  at: string;
  @ApiProperty()
  reason: string;
}

/** Stops all orders that share an account, a release or a distribution point, until a person lifts it. */
export class BrakeDto {
  @ApiProperty()
  id: string;
  @ApiProperty({ type: String, nullable: true, description: 'Null: it concerns every tenant.' })
  tenant: string | null;
  @ApiProperty({ type: ShownScopeDto })
  scope: ShownScopeDto;
  @ApiProperty({ enum: FAILURE_CODES, nullable: true, description: 'Null: opened by hand.' })
  cause: string | null;
  @ApiProperty()
  reason: string;
  @ApiProperty({
    type: [BrakeEvidenceDto],
    description: 'The failures that led to it, as far as one may see them.',
  })
  evidence: BrakeEvidenceDto[];
  @ApiProperty()
  openedBy: string;
  @ApiProperty({ format: 'date-time' })
  openedAt: string;
  @ApiProperty({ type: LiftedDto, nullable: true })
  lifted: LiftedDto | null;
  @ApiProperty({ type: 'integer' })
  revision: number;
}

export class BrakePage extends Page(BrakeDto) {}

/** Why it stands: in the words of who opened it, or what failed and how often; the orders may be another tenant's. */
export function brakeReason(
  { cause, reason, evidence }: Brake,
  tenants: TenantScope,
  language: Language,
): string {
  if (cause === null) return reason;
  const failed = { what: { key: `failed.${cause}` }, cause } as const;
  if (!evidence.every((one) => inScope(tenants, one.tenant)))
    return textIn(language, { key: 'brake.failure', params: failed });
  // one that failed in two rounds is there twice
  const count = new Set(evidence.map(({ order }) => order)).size;
  return textIn(language, { key: 'brake.tripped', params: { ...failed, count } });
}

export function brakeDto(brake: Brake, tenants: TenantScope, language: Language): BrakeDto {
  const { id, tenant, scope, cause, evidence, openedBy, openedAt, lifted, revision } = brake;
  return {
    id,
    tenant,
    scope: { account: scope.account, release: scope.release, dp: scope.dp },
    cause,
    reason: brakeReason(brake, tenants, language),
    evidence: evidence
      .filter((one) => inScope(tenants, one.tenant))
      .map(({ order, dp, code, at }) => ({ order, dp, code, at: at.toISOString() })),
    openedBy,
    openedAt: openedAt.toISOString(),
    lifted: lifted && { by: lifted.by, at: lifted.at.toISOString(), reason: lifted.reason },
    revision,
  };
}
