import { clockFault, versionFault } from './server-version.js';

describe('the version of MongoDB', () => {
  it.each([13, 17, 21, 25, 30])('serves from 5.0 on: wire version %i', (maxWireVersion) => {
    expect(versionFault({ maxWireVersion })).toBeUndefined();
  });

  it.each([[9], [0], [undefined]])('is refused with a sentence before: wire version %p', (maxWireVersion) => {
    expect(versionFault({ maxWireVersion })).toMatch(
      /^environment: MONGODB_URI leads to a MongoDB older than 5\.0/,
    );
  });
});

describe('the clock of the server', () => {
  const from = new Date('2026-03-02T08:00:00Z');
  const asked = { from, to: new Date('2026-03-02T08:00:04Z') };
  const localTime = (seconds: number): Date => new Date(from.getTime() + seconds * 1000);

  it.each([0, 4, -30, 34])('may be %p s from ours, as far as can be told', (seconds) => {
    expect(clockFault({ localTime: localTime(seconds) }, asked)).toBeUndefined();
  });

  it.each([
    [-31, /31 s ahead of the database server's.*NTP/],
    [3600, /3596 s behind the database server's/],
  ])('is refused at %p s, with what to do', (seconds, words) => {
    expect(clockFault({ localTime: localTime(seconds) }, asked)).toMatch(words);
  });

  it('is not asked of a server that does not say', () => {
    expect(clockFault({}, asked)).toBeUndefined();
  });
});
