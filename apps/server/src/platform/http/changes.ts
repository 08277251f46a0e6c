import type { Type } from '@nestjs/common';
import { PartialType } from '@nestjs/swagger';

/**
 * The body of a PATCH: any of the fields of another class. A field that is left out stays as it is; null is a value, and
 * refused unless the field takes it.
 */
export function Changes<Fields>(fields: Type<Fields>): Type<Partial<Fields>> {
  return PartialType(fields, { skipNullProperties: false });
}
