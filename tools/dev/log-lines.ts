/** A JSON line of one of our programs. */
export interface LogLine {
  readonly level: string;
  /** Which program. */
  readonly name?: string;
  readonly msg?: string;
  /** Which part of it. */
  readonly context?: string;
}

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
const SERIOUS = new Set(['warn', 'error', 'fatal']);

/** Nest's account of its own start: a hundred lines. */
const STARTING = new Set(['InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestFactory']);

/** Undefined for a line that is none of ours: the stack of a crash, what Node itself says. */
export function parseLine(text: string): LogLine | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const line = JSON.parse(text) as Partial<LogLine>;
    return typeof line.level === 'string' ? (line as LogLine) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a line tells of something that is wrong. */
export function isSerious({ level }: LogLine): boolean {
  return SERIOUS.has(level);
}

export function isAboutStarting({ context = '' }: LogLine): boolean {
  return STARTING.has(context);
}

/** `LEVEL message key=value …` */
export function textOf(line: LogLine): string {
  const { level, msg = '' } = line;
  const word = level === 'warn' || level === 'error' || level === 'fatal' ? level.toUpperCase() : '';
  const rest = Object.entries(line)
    .filter(([key]) => !NOT_SHOWN.has(key))
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return [word, msg, ...rest].filter((part) => part !== '').join(' ');
}
