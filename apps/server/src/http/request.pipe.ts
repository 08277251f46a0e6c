import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validate, type ValidationError } from 'class-validator';
import { DomainError, type Fault } from '#domain';
import { isPlainObject } from './fields.js';

const PLAIN_TYPES: readonly unknown[] = [String, Number, Boolean, Array, Object, Map, Buffer];

/** Turns bodies and queries into their classes; names every fault at once, unknown fields included. */
@Injectable()
export class RequestPipe implements PipeTransform {
  /** @throws DomainError VALIDATION_FAILED */
  async transform(value: unknown, { metatype, type }: ArgumentMetadata): Promise<unknown> {
    if (type === 'custom' || metatype === undefined || PLAIN_TYPES.includes(metatype)) return value;
    if (type === 'body' && value !== undefined && value !== null && !isPlainObject(value)) {
      throw invalid([{ path: '', code: 'object', message: 'the body must be a JSON object' }]);
    }
    const instance = plainToInstance(metatype as new () => object, isPlainObject(value) ? value : {});
    const errors = await validate(instance, {
      whitelist: true,
      forbidNonWhitelisted: true,
      forbidUnknownValues: false,
      validationError: { target: false, value: false },
    });
    if (errors.length > 0) throw invalid(faultsOf(errors));
    return instance;
  }
}

/** A request whose fields break rules. */
export function invalid(faults: readonly Fault[]): DomainError {
  const detail =
    faults.length === 1
      ? `The request is not valid: ${[faults[0]?.path, faults[0]?.message].filter(Boolean).join(' ')}.`
      : `The request is not valid: it has ${faults.length} faults.`;
  return new DomainError('VALIDATION_FAILED', detail, faults);
}

function faultsOf(errors: readonly ValidationError[], parent = ''): Fault[] {
  return errors.flatMap((error) => {
    const path = pathOf(parent, error.property);
    const own = Object.entries(error.constraints ?? {})
      .filter(([code]) => code !== 'nestedValidation')
      .map(([code, message]) =>
        code === 'whitelistValidation'
          ? { path, code: 'unknown-field', message: 'is not a known field' }
          : { path, code, message },
      );
    // A value of the wrong kind has faults inside as well, which only repeat that.
    return own.length > 0 ? own : faultsOf(error.children ?? [], path);
  });
}

function pathOf(parent: string, property: string): string {
  if (/^\d+$/.test(property) && parent !== '') return `${parent}[${property}]`;
  return parent === '' ? property : `${parent}.${property}`;
}
