/// <reference types="jest" />
import { heldNames, onlyOf } from './overview-names.js';

describe('the one thing that needs somebody', () => {
  it('is the only one there is', () => {
    expect(onlyOf(['north'])).toBe('north');
    expect(onlyOf(['north', 'south'])).toBeUndefined();
    expect(onlyOf([])).toBeUndefined();
  });

  it('is, of a brake, what it holds by the names that may be seen', () => {
    expect(heldNames(['Account Deploy', null, 'North'])).toBe('Account Deploy, North');
    expect(heldNames([undefined, null, 'North'])).toBe('North');
    expect(heldNames([undefined, null, null])).toBeNull();
  });
});
