import type { TenantScope } from '#domain';

/** What a caller may see, as a filter. Every query of an administrator goes through here. */
export function scoped(scope: TenantScope): Record<string, unknown> {
  return scope === 'all' ? {} : { tenant: { $in: [...scope] } };
}

/** As {@link scoped}, for things that may belong to no tenant: those are seen by all. */
export function scopedOrShared(scope: TenantScope): Record<string, unknown> {
  return scope === 'all' ? {} : { tenant: { $in: [null, ...scope] } };
}
