/** A text for one line of a terminal: what comes from a file, a computer or a database must not steer it. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}
