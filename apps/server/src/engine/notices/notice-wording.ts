import { type Notice, NOTICE_RULES, noticeText } from '#domain';
import { type Language, textIn } from '#texts';

/** A notice in the words of one reader. */
export interface WordedNotice {
  id: string;
  /** Its kind, or `test`. */
  kind: string;
  severity: 'info' | 'warning' | 'error';
  tenant: string | null;
  subject: string;
  at: Date;
  title: string;
  text: string;
  /** Page of the console that shows it. */
  link: string;
  facts: Readonly<Record<string, unknown>>;
}

/** Who reads. */
export interface Reader {
  language: Language;
  timeZone: string;
}

export function wordedNotice(notice: Notice, reader: Reader, publicUrl: string): WordedNotice {
  const { language } = reader;
  const { title, text } = noticeText(notice, (time) => localTime(time, reader));
  const detail = notice.detail ? ` ${textIn(language, notice.detail)}` : '';
  const { severity, page } = NOTICE_RULES[notice.kind];
  return {
    id: notice.id,
    kind: notice.kind,
    severity,
    tenant: notice.tenant,
    subject: notice.subject,
    at: notice.at,
    title: textIn(language, title),
    text: textIn(language, text) + detail,
    link: `${publicUrl}/console${page}`,
    facts: { ...notice.facts },
  };
}

/** What the test of a target sends. */
export function wordedTest(
  id: string,
  tenant: string | null,
  language: Language,
  publicUrl: string,
  now: Date,
): WordedNotice {
  return {
    id,
    kind: 'test',
    severity: 'info',
    tenant,
    subject: 'test',
    at: now,
    title: textIn(language, { key: 'notice.test.title' }),
    text: textIn(language, { key: 'notice.test.text' }),
    link: `${publicUrl}/console/notifications`,
    facts: {},
  };
}

/** A time as the reader's clock shows it, with the name of its zone. */
export function localTime(time: Date, { language, timeZone }: Reader): string {
  return new Intl.DateTimeFormat(language === 'de' ? 'de-DE' : 'en-GB', {
    timeZone,
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
  }).format(time);
}
