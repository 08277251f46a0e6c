import { CSV_DELIMITERS, type CsvDelimiter } from '#domain';

/** What stands before the records of a file. */
export interface Preamble {
  delimiter: CsvDelimiter;
  /** It was told, by the request or by the file; else it is the most frequent one of the first line. */
  isTold: boolean;
  /** Characters before the first record, and the number of its line. */
  skip: number;
  firstLine: number;
}

/**
 * Looks at the beginning of a file: `#TYPE …` (PowerShell) and `sep=X` (Excel) lines are passed over, and the delimiter
 * is the one that was told, or of `; , tab |` the one that is most frequent outside quotes in the first line that is left.
 *
 * @param head the first characters of the file, whole lines where it has any
 * @param told the delimiter of the request
 */
export function readPreamble(head: string, told: CsvDelimiter | undefined): Preamble {
  let at = 0;
  let line = 1;
  let said: CsvDelimiter | undefined;
  for (;;) {
    const newline = head.indexOf('\n', at);
    const end = newline < 0 ? head.length : newline;
    const text = head.slice(at, end).replace(/^\s*"?|"?\s*$/g, '');
    const separator = /^\s*"?sep=(.)"?\s*$/i.exec(head.slice(at, end))?.[1];
    const passed = separator !== undefined || /^#type\b/i.test(text) || (text === '' && newline >= 0);
    if (!passed) break;
    said ??= CSV_DELIMITERS.find((delimiter) => delimiter === separator);
    if (newline < 0)
      return { delimiter: told ?? said ?? ';', isTold: true, skip: head.length, firstLine: line };
    at = newline + 1;
    line += 1;
  }
  const isTold = (told ?? said) !== undefined;
  return { delimiter: told ?? said ?? mostFrequent(head, at), isTold, skip: at, firstLine: line };
}

function mostFrequent(text: string, start: number): CsvDelimiter {
  const counts = new Map<string, number>();
  let quoted = false;
  for (let at = start; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '"') quoted = !quoted;
    else if (!quoted && character === '\n') break;
    else if (!quoted) counts.set(character, (counts.get(character) ?? 0) + 1);
  }
  let best: CsvDelimiter = ';';
  for (const delimiter of CSV_DELIMITERS) {
    if ((counts.get(delimiter) ?? 0) > (counts.get(best) ?? 0)) best = delimiter;
  }
  return best;
}
