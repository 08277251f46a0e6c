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

const LEVELS: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: '',
  40: 'WARN',
  50: 'ERROR',
  60: 'FATAL',
};
const NOT_SHOWN = new Set([
  'level',
  'time',
  'pid',
  'hostname',
  'msg',
  'name',
  'service',
  'context',
  'req',
  'res',
  'v',
]);

/** Nest's account of its own start: a hundred lines. */
const NOT_WORTH_SHOWING = new Set(['InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestFactory']);

let quiet = false;

/** Shows warnings and errors of the processes alone, while our own lines tell a story; logs are complete all the same. */
export function showWarningsOnly(only: boolean): void {
  quiet = only;
}

/**
 * A log line for people: JSON lines of pino become `LEVEL message key=value …`, anything else stays as it is. Undefined when
 * it is not to be shown.
 */
export function readable(line: string): string | undefined {
  let entry: unknown;
  try {
    entry = line.startsWith('{') ? JSON.parse(line) : undefined;
  } catch {
    return line;
  }
  if (typeof entry !== 'object' || entry === null || !('level' in entry)) {
    // the DP agent's lines: time, level, message
    return quiet && /^\S+Z (?:debug|info) /.test(line) ? undefined : line;
  }
  const { level, msg, context } = entry as { level: unknown; msg?: unknown; context?: unknown };
  const isOrdinary = typeof level === 'number' && level <= 30;
  if (isOrdinary && (quiet || NOT_WORTH_SHOWING.has(String(context)))) return undefined;
  const word = typeof level === 'number' ? (LEVELS[level] ?? String(level)) : String(level);
  const rest = Object.entries(entry)
    .filter(([key]) => !NOT_SHOWN.has(key))
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return [word, typeof msg === 'string' ? msg : '', ...rest].filter((part) => part !== '').join(' ');
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
