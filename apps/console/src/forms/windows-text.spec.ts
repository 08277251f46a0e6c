/// <reference types="jest" />
jest.mock('../texts.js', () => ({
  text: (key: string, values: Record<string, string> = {}) => [key, ...Object.values(values)].join(' '),
}));
import { windowsText } from './windows-text.js';

describe('windows in a line', () => {
  it.each([
    ['22:00', '05:00', '22:00–05:00'],
    ['00:00', '00:00', 'windows.wholeDay'],
    ['22:00', '22:00', 'windows.dayFrom 22:00'],
  ])('from %s to %s', (from, to, said) => {
    expect(windowsText([{ days: ['mon', 'sun'], from, to, timeZone: 'UTC' }])).toBe(
      `day.mon, day.sun ${said} (UTC)`,
    );
  });
});
