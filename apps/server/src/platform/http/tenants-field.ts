import { mustBe } from '#domain';

import { CustomField, SLUG_RULE, type FieldOptions } from './fields.js';

/** All tenants, or the named ones. */
export const TENANTS_SCHEMA = {
  oneOf: [
    { type: 'string', enum: ['all'] },
    { type: 'array', items: { type: 'string' } },
  ],
};

const MAX_TENANTS = 1000;
const slug = new RegExp(SLUG_RULE.pattern);

/** The `tenants` of a user or token: `"all"` or a list of slugs. */
export function TenantsField(options: FieldOptions = {}): PropertyDecorator {
  return CustomField(
    {
      oneOf: [
        { type: 'string', enum: ['all'] },
        {
          type: 'array',
          maxItems: MAX_TENANTS,
          items: { type: 'string', pattern: SLUG_RULE.pattern, maxLength: 40 },
        },
      ],
    },
    {
      code: 'tenants',
      holds: (value) =>
        value === 'all' ||
        (Array.isArray(value) &&
          value.length <= MAX_TENANTS &&
          value.every((v) => typeof v === 'string' && slug.test(v))),
      ...mustBe('what.tenants'),
    },
    options,
  );
}
