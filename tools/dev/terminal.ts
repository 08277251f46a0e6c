import { Digest } from './digest.ts';
import { isAboutStarting, isSerious, parseLine, textOf } from './log-lines.ts';

/** Colours for the prefixes of a terminal's lines, one for each part; none when the output is a file. */
const COLOURS = [36, 35, 33, 34, 32, 96, 95];
const coloured = process.stdout.isTTY && process.env.NO_COLOR === undefined;
const taken = new Map<string, number>();

function paint(text: string, colour: number): string {
  return coloured ? `\x1b[${colour}m${text}\x1b[0m` : text;
}

function prefix(name: string): string {
  const colour = taken.get(name) ?? COLOURS[taken.size % COLOURS.length] ?? 0;
  taken.set(name, colour);
  return paint(name.padEnd(9), colour);
}

// whoever reads may go away before us; what is stopped then is stopped in order all the same
process.stdout.on('error', () => {});

/** A line of our own. */
export function say(line: string): void {
  for (const part of line.split('\n')) process.stdout.write(`${prefix('start')} ${part}\n`);
}

const digest = new Digest();
let quiet = false;
let all = false;

/** Shows warnings and errors of the processes alone, while our own lines tell a story; logs are complete all the same. */
export function showWarningsOnly(only: boolean): void {
  quiet = only;
}

/** Shows every line of the processes instead of the digest. */
export function showAllLines(): void {
  all = true;
}

/** A log line for people; undefined when it is not to be shown. */
function readable(text: string): string | undefined {
  if (!all) return digest.of(text, quiet);
  const line = parseLine(text);
  if (line === undefined) return text;
  return !isSerious(line) && (quiet || isAboutStarting(line)) ? undefined : textOf(line);
}

/** Shows what a process prints, line by line behind its name. Gives a function that takes the parts of its output. */
export function showOutputOf(name: string): (part: Buffer) => void {
  let rest = '';
  return (part) => {
    const lines = (rest + part.toString('utf8')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const shown = line.trim() === '' ? undefined : readable(line);
      if (shown !== undefined) process.stdout.write(`${prefix(name)} ${shown}\n`);
    }
  };
}
