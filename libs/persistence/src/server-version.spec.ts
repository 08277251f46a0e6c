import { versionFault } from './server-version.js';

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
