/// <reference types="jest" />
import { SETTING_GROUPS, SETTING_NAMES } from './setting-kinds.js';

describe('the groups of the settings', () => {
  it('have every setting, and each once', () => {
    expect(Object.values(SETTING_GROUPS).flat().sort()).toEqual([...SETTING_NAMES].sort());
  });
});
