import { reportsRequest } from './index.js';
import { ContractViolation } from './message.js';

describe('looking for faults', () => {
  const reports = (count: number, fields: object) => ({
    reports: Array.from({ length: count }, () => fields),
  });
  const faultsOfReports = (value: unknown) => {
    try {
      reportsRequest.parse(value);
      return [];
    } catch (error) {
      return (error as ContractViolation).faults;
    }
  };

  it('names all of them, up to a hundred', () => {
    expect(faultsOfReports(reports(2, {}))).toHaveLength(14);
    expect(faultsOfReports(reports(100, {}))).toHaveLength(100);
  });

  it('does not look into a list that is far too long', () => {
    expect(faultsOfReports(reports(200_000, {}))).toEqual([
      expect.objectContaining({ path: 'reports', code: 'maxItems' }),
    ]);
  });

  it('stops at the first in a message that is far too large', () => {
    const fields = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`field${i}`, 1]));
    expect(faultsOfReports(reports(1, fields))).toHaveLength(1);
  });

  it.each([
    ['2026-02-28T23:59:59Z', true],
    ['2026-13-01T00:00:00Z', false],
    ['2026-01-32T00:00:00Z', false],
    ['2026-01-01T24:00:00Z', false],
    ['2026-01-01T00:60:00Z', false],
  ])('takes %s for a time: %p', (at, isTime) => {
    const wrong = faultsOfReports(reports(1, { at })).some(({ path }) => path === 'reports[0].at');
    expect(wrong).toBe(!isTime);
  });

  it('takes facts of two levels', () => {
    const wrong = (facts: unknown) =>
      faultsOfReports(reports(1, { facts })).some(({ path }) => path.startsWith('reports[0].facts'));
    expect(wrong({ os: 'x', cores: 4, tpm: true, none: null, disks: ['a', 1], net: { mac: 'b' } })).toBe(
      false,
    );
    expect(wrong({ net: { mac: { deep: 1 } } })).toBe(true);
    expect(wrong({ 'a\u0000b': 1 })).toBe(true);
    expect(wrong({ long: 'x'.repeat(5000) })).toBe(true);
  });
});
