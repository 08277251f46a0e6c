import { mustBe, WEEKDAYS } from '#domain';
import { CustomField, Text, type FieldOptions } from './fields.js';

/** `HH:MM`, 24 hours. */
export const TIME_OF_DAY = {
  max: 5,
  pattern: '^(?:[01][0-9]|2[0-3]):[0-5][0-9]$',
  means: { key: 'what.timeOfDay', params: { time: '22:00' } },
} as const;

export function TimeOfDay(options: FieldOptions = {}): PropertyDecorator {
  return Text({ ...TIME_OF_DAY, ...options });
}

/** Monday first, as people count. */
const DAYS = [...WEEKDAYS.slice(1), WEEKDAYS[0]];

/** Some days of the week, each once. */
export function Weekdays(options: FieldOptions = {}): PropertyDecorator {
  return CustomField(
    { type: 'array', items: { type: 'string', enum: DAYS }, minItems: 1, maxItems: 7, uniqueItems: true },
    {
      code: 'days',
      holds: (value) =>
        Array.isArray(value) &&
        value.length > 0 &&
        new Set(value).size === value.length &&
        value.every((day) => (DAYS as readonly unknown[]).includes(day)),
      ...mustBe('what.eachOnce', { values: DAYS }),
    },
    options,
  );
}

/** IANA name of a time zone. */
export function TimeZoneField(options: FieldOptions = {}): PropertyDecorator {
  return CustomField(
    { type: 'string', maxLength: 64 },
    { code: 'time-zone', holds: isTimeZone, ...mustBe('what.timeZone', { zone: 'Europe/Berlin' }) },
    { example: 'Europe/Berlin', ...options },
  );
}

function isTimeZone(value: unknown): boolean {
  try {
    return typeof value === 'string' && Intl.DateTimeFormat('en', { timeZone: value }) !== null;
  } catch {
    return false;
  }
}
