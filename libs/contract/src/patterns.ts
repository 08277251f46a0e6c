/** Ids of tenants and distribution points on the wire; the domain has the same rule. */
export const SLUG_PATTERN = '^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$';
