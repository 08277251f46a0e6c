import { type Language, textIn } from '#texts';
import { localTime, type Reader, type WordedNotice } from './notice-wording.js';

/** A mail as its reader sees it. */
export interface MailText {
  subject: string;
  text: string;
  html: string;
}

/** One notice, or all of an hour or a day, the oldest first. */
export function mailText(notices: readonly WordedNotice[], reader: Reader, settingsLink: string): MailText {
  const { language } = reader;
  const [first] = notices;
  const subject =
    first && notices.length === 1
      ? first.title
      : textIn(language, { key: 'notice.mail.digest', params: { count: notices.length } });
  const footer = textIn(language, { key: 'notice.mail.why', params: { link: settingsLink } });
  return {
    subject: `[Relaypoint] ${subject}`,
    text: `${notices.map((notice) => plainNotice(notice, reader)).join('\n\n')}\n\n-- \n${footer}\n`,
    html: page(
      language,
      notices.map((notice) => htmlNotice(notice, reader)).join('\n'),
      textIn(language, { key: 'notice.mail.why', params: { link: '' } }),
      settingsLink,
    ),
  };
}

function plainNotice({ title, text, at, link }: WordedNotice, reader: Reader): string {
  return `${title}\n${localTime(at, reader)}\n${text}\n${link}`;
}

function htmlNotice({ title, text, at, link, severity }: WordedNotice, reader: Reader): string {
  const color = { error: '#c92a2a', warning: '#e67700', info: '#364fc7' }[severity];
  const open = textIn(reader.language, { key: 'notice.open' });
  return `<div style="border-left:4px solid ${color};padding:4px 12px;margin:0 0 16px">
<h2 style="font-size:16px;margin:0">${escaped(title)}</h2>
<p style="color:#555;margin:4px 0">${escaped(localTime(at, reader))}</p>
<p style="margin:4px 0">${escaped(text)}</p>
<p style="margin:4px 0"><a href="${escaped(link)}">${escaped(open)}</a></p>
</div>`;
}

function page(language: Language, body: string, footer: string, link: string): string {
  return `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><title>Relaypoint</title></head>
<body style="font-family:sans-serif;font-size:14px;color:#222">
${body}
<p style="color:#555;font-size:12px">${escaped(footer)} <a href="${escaped(link)}">${escaped(link)}</a></p>
</body></html>
`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}
