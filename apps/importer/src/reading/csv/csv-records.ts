import type { CsvDelimiter } from '#domain';
import { ImportFailure } from '../../runs/import-failure.js';

/** One record, or a part of the file that is none. `line` is where it starts, from 1. */
export type CsvRecord =
  | { kind: 'cells'; line: number; cells: string[] }
  | { kind: 'bad-quote' | 'too-long'; line: number; text: string };

/** Longest record, in characters. */
const MAX_RECORD = 65_536;

/** How much of a line that is no record is kept. */
const SHOWN = 1000;

/**
 * Splits text into the records of a CSV file (RFC 4180), as it arrives. Own code, because csv-parse counts a CRLF within
 * quotes as two lines, and after a stray quote loses the lines up to the next one without a word.
 *
 * Blank lines are left out and cells trimmed. A quote within an unquoted cell is an ordinary character. After a quoted
 * cell that goes on behind its closing quote, the rest of that line is given up, and only that, when the cell began in
 * the same line; otherwise a quote further up is not closed, and nothing from there on can be trusted.
 *
 * @param text with `\n` for every line end, in pieces of any size
 * @param firstLine number of the first line of `text`
 * @throws ImportFailure UNCLOSED_QUOTE with the line where the quote was opened
 */
export async function* csvRecords(
  text: AsyncIterable<string> | Iterable<string>,
  delimiter: CsvDelimiter,
  firstLine: number,
): AsyncGenerator<CsvRecord> {
  const splitter = new RecordSplitter(delimiter, firstLine);
  for await (const piece of text) {
    splitter.add(piece);
    for (let record = splitter.next(); record; record = splitter.next()) yield record;
  }
  splitter.end();
  for (let record = splitter.next(); record; record = splitter.next()) yield record;
}

/** The first records of a text that may go on behind its end; those only whose line ends in it, and cells. */
export function headRecords(
  head: string,
  delimiter: CsvDelimiter,
  firstLine: number,
  most: number,
): { line: number; cells: string[] }[] {
  const splitter = new RecordSplitter(delimiter, firstLine);
  const records: { line: number; cells: string[] }[] = [];
  splitter.add(head);
  try {
    for (let record = splitter.next(); record && records.length < most; record = splitter.next())
      if (record.kind === 'cells') records.push(record);
  } catch (error) {
    if (!(error instanceof ImportFailure)) throw error;
    // a quote that is never closed with this delimiter: what is before it counts
  }
  return records;
}

/** A step of the splitter: a record, nothing (a blank line), or the wish for more text. */
type Step = CsvRecord | 'blank' | 'more';

class RecordSplitter {
  private buffer = '';
  /** Where the next record starts. */
  private at = 0;
  private ended = false;
  /** The rest of the current line belongs to a record that was given up. */
  private skipping = false;
  /** Position of the next quote; files without quotes are not searched again for every line. */
  private quote = -1;

  constructor(
    private readonly delimiter: CsvDelimiter,
    private line: number,
  ) {}

  add(piece: string): void {
    this.buffer = this.buffer.slice(this.at) + piece;
    this.at = 0;
    this.quote = -1;
  }

  end(): void {
    this.ended = true;
  }

  next(): CsvRecord | null {
    for (;;) {
      if (this.skipping && !this.skipLine()) return null;
      if (this.at >= this.buffer.length) return null;
      const step = this.step();
      if (step === 'more') return null;
      if (step !== 'blank') return step;
    }
  }

  private skipLine(): boolean {
    const newline = this.buffer.indexOf('\n', this.at);
    this.skipping = newline < 0;
    this.at = newline < 0 ? this.buffer.length : newline + 1;
    if (newline >= 0) this.line += 1;
    return newline >= 0;
  }

  private step(): Step {
    const newline = this.buffer.indexOf('\n', this.at);
    const end = newline < 0 ? this.buffer.length : newline;
    if (this.quote < this.at) {
      const found = this.buffer.indexOf('"', this.at);
      this.quote = found < 0 ? this.buffer.length : found;
    }
    if (this.quote < end) return this.lineWithQuotes();
    if (newline < 0 && !this.ended) return this.more(null);
    const text = this.buffer.slice(this.at, end);
    const line = this.advance(end, 0);
    if (text.length > MAX_RECORD) return { kind: 'too-long', line, text: text.slice(0, SHOWN) };
    // A line of tabs in a tab-separated file has cells; a line of blanks has none.
    if (text.trim() === '' && !text.includes(this.delimiter)) return 'blank';
    const cells = text.split(this.delimiter);
    for (let at = 0; at < cells.length; at += 1) cells[at] = cells[at]?.trim() ?? '';
    return { kind: 'cells', line, cells };
  }

  /** Moves on behind the line end at `end`; answers with the line where the record began. */
  private advance(end: number, innerNewlines: number): number {
    const began = this.line;
    this.line += innerNewlines + 1;
    this.at = Math.min(end + 1, this.buffer.length);
    return began;
  }

  /** The record goes on behind the text at hand. @param quoteLine line of a quote that is open across lines */
  private more(quoteLine: number | null): Step {
    const length = this.buffer.length - this.at;
    if (length <= MAX_RECORD) return 'more';
    if (quoteLine !== null) throw unclosed(quoteLine);
    const text = this.buffer.slice(this.at, this.at + SHOWN);
    const line = this.line;
    this.line += countNewlines(this.buffer.slice(this.at));
    this.at = this.buffer.length;
    this.skipping = true;
    return { kind: 'too-long', line, text };
  }

  private lineWithQuotes(): Step {
    const { buffer, delimiter } = this;
    const cells: string[] = [];
    let at = this.at;
    let newlines = 0;
    for (;;) {
      const open = this.skipBlanks(at);
      if (buffer[open] === '"') {
        const close = closingQuote(buffer, open + 1);
        if (close < 0) {
          const quoteLine = this.line + newlines;
          if (this.ended) throw unclosed(quoteLine);
          return this.more(buffer.includes('\n', open) ? quoteLine : null);
        }
        const after = this.skipBlanks(close + 1);
        if (after === buffer.length && !this.ended) return this.more(null);
        const inside = buffer.slice(open + 1, close);
        const inner = countNewlines(inside);
        const follows = buffer[after];
        if (follows !== undefined && follows !== delimiter && follows !== '\n') {
          if (inner > 0) throw unclosed(this.line + newlines);
          return this.giveUpLine(close, newlines);
        }
        cells.push(inside.includes('"') ? inside.replaceAll('""', '"') : inside);
        newlines += inner;
        at = after;
      } else {
        const end = this.cellEnd(at);
        if (end === buffer.length && !this.ended) return this.more(null);
        cells.push(buffer.slice(at, end).trim());
        at = end;
      }
      if (buffer[at] !== delimiter) break;
      at += 1;
    }
    const text = at - this.at > MAX_RECORD ? buffer.slice(this.at, this.at + SHOWN) : null;
    const line = this.advance(at, newlines);
    return text === null ? { kind: 'cells', line, cells } : { kind: 'too-long', line, text };
  }

  private giveUpLine(from: number, newlines: number): Step {
    const newline = this.buffer.indexOf('\n', from);
    if (newline < 0 && !this.ended) return this.more(null);
    const end = newline < 0 ? this.buffer.length : newline;
    const text = this.buffer.slice(this.at, Math.min(end, this.at + SHOWN));
    return { kind: 'bad-quote', line: this.advance(end, newlines), text };
  }

  private cellEnd(start: number): number {
    const newline = this.buffer.indexOf('\n', start);
    const lineEnd = newline < 0 ? this.buffer.length : newline;
    const next = this.buffer.indexOf(this.delimiter, start);
    return next < 0 || next > lineEnd ? lineEnd : next;
  }

  private skipBlanks(start: number): number {
    let at = start;
    while ((this.buffer[at] === ' ' || this.buffer[at] === '\t') && this.buffer[at] !== this.delimiter) {
      at += 1;
    }
    return at;
  }
}

function unclosed(line: number): ImportFailure {
  return new ImportFailure('UNCLOSED_QUOTE', 'file.unclosedQuote', { line }, line);
}

/** Position of the quote that closes a cell, doubled ones passed over; -1 when there is none. */
function closingQuote(text: string, start: number): number {
  let at = text.indexOf('"', start);
  while (at >= 0 && text[at + 1] === '"') at = text.indexOf('"', at + 2);
  return at;
}

function countNewlines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
