/** What programs write into a cell that has nothing in it. */
const PLACEHOLDERS = new Set([
  'null',
  '(null)',
  'n/a',
  '#n/a',
  '#nv',
  'none',
  '(none)',
  '(leer)',
  '\\n',
  '-',
  '--',
  '–',
  '—',
]);
const LONGEST_PLACEHOLDER = Math.max(...[...PLACEHOLDERS].map(({ length }) => length));

/**
 * The text that a cell stands for: `="0042"`, which keeps a spreadsheet from taking it for a number, is 0042, and the
 * apostrophe goes that keeps it from running a formula (`formulaSafe` puts it there).
 */
export function cellText(cell: string): string {
  let text = cell.trim();
  // most cells are what they are, and files have millions
  if (!text.startsWith('=') && !text.startsWith("'")) return text;
  if (/^'[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/.test(text)) text = text.slice(1);
  const kept = /^="(.*)"$/s.exec(text)?.[1];
  return kept === undefined ? text : kept.replaceAll('""', '"').trim();
}

/** {@link cellText} of a column that may be empty: `NULL`, `N/A`, `-` and their like are nothing. */
export function optionalText(cell: string): string {
  const text = cellText(cell);
  return text.length <= LONGEST_PLACEHOLDER && PLACEHOLDERS.has(text.toLowerCase()) ? '' : text;
}

/** What a cell says of yes and no, in the languages of the headings; null when it says neither. */
export function flagOf(text: string): boolean | null {
  if (
    /^(?:false|no|nein|non|nee|nie|n|0|off|falsch|faux|falso|onwaar|fałsz|disabled|deaktiviert|désactivé|inactive|inaktiv)$/i.test(
      text,
    )
  )
    return false;
  if (
    /^(?:true|yes|ja|oui|sí|si|sì|tak|y|j|1|on|wahr|vrai|vero|verdadero|waar|prawda|enabled|aktiviert|activé|active|aktiv)$/i.test(
      text,
    )
  )
    return true;
  return null;
}
