declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** Slug of a tenant, see {@link isSlug}. */
export type TenantId = Branded<'TenantId'>;
/** Slug of a distribution point, see {@link isSlug}. */
export type DpId = Branded<'DpId'>;
export type ComputerId = Branded<'ComputerId'>;
export type OrderId = Branded<'OrderId'>;
export type AccountId = Branded<'AccountId'>;
export type BrakeId = Branded<'BrakeId'>;
export type ImportRunId = Branded<'ImportRunId'>;
export type DirectoryId = Branded<'DirectoryId'>;
export type RolloutId = Branded<'RolloutId'>;
export type LocationRuleId = Branded<'LocationRuleId'>;
export type AssignmentRuleId = Branded<'AssignmentRuleId'>;
export type ImportProfileId = Branded<'ImportProfileId'>;
/** Version of a client release; it is the release's id as well. */
export type ReleaseVersion = Branded<'ReleaseVersion'>;

/** The distribution point beside the server, which does direct installs (R4). */
export const SERVER_DP = 'server' as DpId;

/** The tenant every installation starts with. */
export const DEFAULT_TENANT = 'default' as TenantId;

/** Lower-case letters, digits and inner hyphens, 1 to 40 characters: ids of tenants and distribution points. */
export const SLUG_PATTERN = '^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$';
const slug = new RegExp(SLUG_PATTERN);

export function isSlug(text: string): boolean {
  return slug.test(text);
}

/** Tenants a caller may see: all of them, or the named ones. Every repository query takes one. */
export type TenantScope = 'all' | readonly TenantId[];

export function inScope(scope: TenantScope, tenant: TenantId): boolean {
  return scope === 'all' || scope.includes(tenant);
}
