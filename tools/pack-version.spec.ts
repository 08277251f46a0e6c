import { withVersion } from './pack-version.ts';

describe('the version that a package calls itself', () => {
  it('stands in its programs', () => {
    expect(withVersion("{ version: '1.0.0' }", '1.0.0', '2.0.0')).toBe("{ version: '2.0.0' }");
  });

  it('is not said by programs that were built of another one', () => {
    expect(() => withVersion("{ version: '0.9.0' }", '1.0.0', '2.0.0')).toThrow("does not say '1.0.0'");
  });
});
