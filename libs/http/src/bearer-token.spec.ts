import { bearerToken } from './bearer-token.js';

describe('a bearer token', () => {
  it.each(['Bearer a.b-c', 'bearer a.b-c', 'BEARER a.b-c', 'Bearer   a.b-c '])(
    'is found in "%s"',
    (header) => {
      expect(bearerToken(header)).toBe('a.b-c');
    },
  );

  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'Basic a.b-c',
    'Bearera.b-c',
    'Bearer a, Basic b',
    'Bearer a b',
  ])('is not found in "%s"', (header) => {
    expect(bearerToken(header)).toBeUndefined();
  });
});
