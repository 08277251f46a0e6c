import { isOfRelease } from './rollout-cause.js';

describe('a failure of a rollout', () => {
  it.each([
    ['most computers come to', 'INSTALLER_FAILED', 3, 2, true],
    ['half of them come to', 'INSTALLER_FAILED', 3, 3, false],
    ['two come to', 'INSTALLER_FAILED', 2, 0, false],
    ['is the clients’ silence', 'REGISTER_TIMEOUT', 40, 10, true],
    ['is each computer’s own', 'DISK_FULL', 40, 0, false],
  ] as const)('that %s', (_, code, count, good, isIt) => {
    expect(isOfRelease({ code, count }, { good, bad: count })).toBe(isIt);
  });

  it('is not the version’s where others are as many', () => {
    expect(isOfRelease({ code: 'INSTALLER_FAILED', count: 5 }, { good: 0, bad: 11 })).toBe(false);
  });
});
