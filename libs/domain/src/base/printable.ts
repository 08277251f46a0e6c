/** What comes from a file or a computer must not steer the terminal. */
export function printable(line: string): string {
  return line.replaceAll(/\p{Cc}/gu, '\ufffd');
}
