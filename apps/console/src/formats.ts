import { language, locale } from './texts.js';

interface Formats {
  short: Intl.DateTimeFormat;
  exact: Intl.DateTimeFormat;
  hour: Intl.DateTimeFormat;
  ago: Intl.RelativeTimeFormat;
  number: Intl.NumberFormat;
}

/** Made once for each language: each costs more than a whole row. */
const MADE = new Map<string, Formats>();

/** Times and numbers as people of the reader's country write them, with the 24 hours of a day. */
export function formats(): Formats {
  const made = MADE.get(language());
  if (made) return made;
  const said = locale();
  const time = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
    new Intl.DateTimeFormat(said, { hourCycle: 'h23', ...options });
  const formatsOfLanguage: Formats = {
    short: time({ dateStyle: 'short', timeStyle: 'short' }),
    exact: time({ dateStyle: 'short', timeStyle: 'medium' }),
    hour: time({ weekday: 'short', hour: '2-digit', minute: '2-digit' }),
    ago: new Intl.RelativeTimeFormat(said, { numeric: 'auto', style: 'short' }),
    number: new Intl.NumberFormat(said),
  };
  MADE.set(language(), formatsOfLanguage);
  return formatsOfLanguage;
}
