import { byteRange } from './byte-range.js';

describe('a Range header', () => {
  it.each([
    ['bytes=0-9', { start: 0, end: 10 }],
    ['bytes=90-', { start: 90, end: 100 }],
    ['bytes=90-1000', { start: 90, end: 100 }],
    ['bytes=-10', { start: 90, end: 100 }],
    ['bytes=-1000', { start: 0, end: 100 }],
    ['bytes = 0 - 0', { start: 0, end: 1 }],
  ])('%s asks for a part', (header, range) => {
    expect(byteRange(header, 100)).toEqual(range);
  });

  it.each([[undefined], ['bytes=-'], ['bytes=9-3'], ['bytes=0-1,5-6'], ['lines=0-9'], ['bytes=a-b']])(
    '%s gets the whole',
    (header) => {
      expect(byteRange(header, 100)).toBeNull();
    },
  );

  it.each(['bytes=100-', 'bytes=100-200', 'bytes=-0'])('%s begins behind the end', (header) => {
    expect(byteRange(header, 100)).toBe('unsatisfiable');
  });
});
