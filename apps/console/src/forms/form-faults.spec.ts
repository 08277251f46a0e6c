/// <reference types="jest" />
import type { Problem } from '../api.js';

jest.mock('../api.js', () => ({
  ApiError: class extends Error {
    constructor(readonly problem: Problem) {
      super(problem.detail);
    }
  },
}));
import { ApiError } from '../api.js';
import { faultsOf, without } from './form-faults.js';

function refused(...paths: string[]): ApiError {
  const errors = paths.map((path) => ({ path, code: 'x', message: `${path} is wrong` }));
  const base = {
    type: 'about:blank',
    title: '',
    status: 400,
    code: 'VALIDATION_FAILED',
    detail: 'No.',
  } as const;
  return new ApiError({ ...base, errors });
}

describe('faults of a form', () => {
  it('stand at their fields, also those of a part of one, and each of them once', () => {
    const { fields, rest } = faultsOf(refused('name', 'scope.dps[0]'), ['name', 'dps']);
    expect(fields).toEqual({ name: 'name is wrong', dps: 'scope.dps[0] is wrong' });
    expect(rest).toBeNull();
  });

  it('are told of the whole form where no field is theirs', () => {
    const { fields, rest } = faultsOf(refused('name', 'body'), ['name']);
    expect(Object.keys(fields)).toEqual(['name']);
    expect((rest as ApiError).problem.errors?.map(({ path }) => path)).toEqual(['body']);
    const away = new Error('away');
    expect(faultsOf(away, ['name'])).toEqual({ fields: {}, rest: away });
  });

  it('go once somebody mends the field', () => {
    expect(without(faultsOf(refused('name'), ['name']), 'name').fields).toEqual({});
  });
});
