import { invalid, type ValueMapping } from '#domain';
import { readTarget } from '../assignment-rules/assignment-target.dto.js';
import type { ValueMappingDto } from './import-assignment.dto.js';

/**
 * A mapping as it came in a request.
 *
 * @throws DomainError VALIDATION_FAILED naming every value whose target is not one
 */
export function readMapping({ column, values }: ValueMappingDto, path: string): ValueMapping {
  const read = values.map((one, index) => ({
    value: one.value,
    ...readTarget(one, `${path}.values[${index}].`),
  }));
  const faults = read.flatMap((one) => one.faults);
  if (faults.length > 0) throw invalid(faults);
  return { column, values: read.map(({ value, assigned }) => ({ value, ...assigned })) };
}
