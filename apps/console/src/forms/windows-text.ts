import type { Schema } from '../api.js';
import { text } from '../texts.js';

export type Window = Schema['WindowDto'];

export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** Windows as days and times, in a line. */
export function windowsText(windows: readonly Window[]): string {
  if (windows.length === 0) return text('windows.always');
  return windows
    .map(({ days, from, to, timeZone }) => {
      const named =
        days.length === DAYS.length
          ? text('windows.daily')
          : days.map((day) => text(`day.${day}`)).join(', ');
      return `${named} ${span(from, to)} (${timeZone})`;
    })
    .join('; ');
}

function span(from: string, to: string): string {
  if (from !== to) return `${from}–${to}`;
  return from === '00:00' ? text('windows.wholeDay') : text('windows.dayFrom', { from });
}
