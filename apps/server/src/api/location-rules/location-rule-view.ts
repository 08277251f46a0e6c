import type { LocationRule } from '#domain';
import type { LocationRuleDto } from './location-rule.dto.js';

/** A location rule as the API shows it. */
export function ruleDto(rule: LocationRule): LocationRuleDto {
  const { id, dp, tenant, priority, name, when, createdAt, revision } = rule;
  return { id, dp, tenant, priority, name, when, createdAt: createdAt.toISOString(), revision };
}
