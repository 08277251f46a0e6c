import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validate, type ValidationError } from 'class-validator';
import { invalid, type Fault } from '#domain';
import type { MessageDescriptor } from '#texts';
import { isPlainObject } from './fields.js';

const PLAIN_TYPES: readonly unknown[] = [String, Number, Boolean, Array, Object, Map, Buffer];

/** Turns bodies and queries into their classes; names every fault at once, unknown fields included. */
@Injectable()
export class RequestPipe implements PipeTransform {
  /** @throws DomainError VALIDATION_FAILED */
  async transform(value: unknown, { metatype, type }: ArgumentMetadata): Promise<unknown> {
    if (type === 'custom' || metatype === undefined || PLAIN_TYPES.includes(metatype)) return value;
    if (type === 'body' && value !== undefined && value !== null && !isPlainObject(value)) {
      throw invalid([{ path: '', code: 'object', key: 'fault.jsonObject' }]);
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

function faultsOf(errors: readonly ValidationError[], parent = ''): Fault[] {
  return errors.flatMap((error) => {
    const path = pathOf(parent, error.property);
    const own = Object.entries(error.constraints ?? {})
      .filter(([code]) => code !== 'nestedValidation')
      .map(([code, message]): Fault => {
        if (code === 'whitelistValidation') return { path, code: 'unknown-field', key: 'fault.unknownField' };
        const text = error.contexts?.[code] as MessageDescriptor | undefined;
        return { path, code, ...(text ?? { key: 'verbatim', params: { text: message } }) };
      });
    // A value of the wrong kind has faults inside as well, which only repeat that.
    return own.length > 0 ? own : faultsOf(error.children ?? [], path);
  });
}

function pathOf(parent: string, property: string): string {
  if (/^\d+$/.test(property) && parent !== '') return `${parent}[${property}]`;
  return parent === '' ? property : `${parent}.${property}`;
}
