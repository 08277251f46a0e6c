/** The cells of one line of a CSV file (RFC 4180): for a line that somebody types in, where no file is read. */
export function cellsOfLine(line: string, delimiter: string): string[] {
  const text = line.replace(/\r?\n$/, '');
  const cells: string[] = [];
  let at = 0;
  for (;;) {
    const { cell, end } = text[at] === '"' ? quotedCell(text, at) : plainCell(text, at, delimiter);
    // what stands behind a closing quote belongs to the cell, as spreadsheets read it
    const next = text.indexOf(delimiter, end);
    const rest = next < 0 ? text.slice(end) : text.slice(end, next);
    cells.push(cell + rest);
    if (next < 0) return cells;
    at = next + delimiter.length;
  }
}

function plainCell(text: string, from: number, delimiter: string): { cell: string; end: number } {
  const end = text.indexOf(delimiter, from);
  return end < 0 ? { cell: text.slice(from), end: text.length } : { cell: text.slice(from, end), end };
}

function quotedCell(text: string, from: number): { cell: string; end: number } {
  const found = /"((?:[^"]|"")*)(?:"|$)/y;
  found.lastIndex = from;
  const [whole = '', inner = ''] = found.exec(text) ?? [];
  return { cell: inner.replaceAll('""', '"'), end: from + whole.length };
}
