import { inScope, type TenantId, type TenantScope } from '#domain';

/** What a caller may see, as a filter. Every list of an administrator goes through here. */
export function scoped(scope: TenantScope): Record<string, unknown> {
  return scope === 'all' ? {} : { tenant: { $in: [...scope] } };
}

/** As {@link scoped}, for things that may belong to no tenant: those are seen by all. */
export function scopedOrShared(scope: TenantScope): Record<string, unknown> {
  return scope === 'all' ? {} : { tenant: { $in: [null, ...scope] } };
}

/**
 * As {@link scoped}, for things found by their ids: those are looked up by `_id` alone and judged afterwards.
 */
export function within(scope: TenantScope): (thing: { tenant: TenantId }) => boolean {
  return ({ tenant }) => inScope(scope, tenant);
}

/** As {@link within}, for things that may belong to no tenant. */
export function withinOrShared(scope: TenantScope): (thing: { tenant: TenantId | null }) => boolean {
  return ({ tenant }) => tenant === null || inScope(scope, tenant);
}
