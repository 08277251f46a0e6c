/** One line for each movement of an order. Never given a secret; `redact` is for text from elsewhere. */
export interface Log {
  info(message: string, facts?: Facts): void;
  warn(message: string, facts?: Facts): void;
  error(message: string, facts?: Facts): void;
}
type Facts = Readonly<Record<string, string | number | boolean | null | undefined>>;

/**
 * Writes to the given line sink, standard output by default.
 *
 * @param form JSON as the other programs write it, with the level as a word and the time as ISO 8601; or, which is the default
 *   on a terminal, text for whoever sits there
 */
export function makeLog(
  write: (line: string) => void = (line) => process.stdout.write(`${line}\n`),
  form: 'json' | 'text' = process.stdout.isTTY ? 'text' : 'json',
): Log {
  const lineOf = form === 'json' ? jsonLine : textLine;
  const at =
    (level: string) =>
    (message: string, facts: Facts = {}) =>
      write(lineOf(level, new Date().toISOString(), message, facts));
  return { info: at('info'), warn: at('warn'), error: at('error') };
}

function jsonLine(level: string, time: string, msg: string, facts: Facts): string {
  // what a fact is called must not hide what every line has
  return JSON.stringify({ ...facts, level, time, pid: process.pid, name: 'dp-agent', msg });
}

function textLine(level: string, time: string, message: string, facts: Facts): string {
  const known = Object.entries(facts).filter(([, value]) => value !== undefined);
  const text = known.map(([key, value]) => ` ${key}=${quoted(String(value))}`).join('');
  return `${time} ${level} ${message}${text}`;
}

function quoted(text: string): string {
  return /^[\w.:/@+-]+$/.test(text) ? text : JSON.stringify(text);
}

/** Replaces every secret in a text; those shorter than 4 characters would garble it and are left. */
export function redact(text: string, secrets: readonly (string | null | undefined)[]): string {
  let clean = text;
  for (const secret of secrets) {
    if (secret && secret.length >= 4) clean = clean.replaceAll(secret, '[redacted]');
  }
  return clean;
}

/** What an unknown error says. */
export function messageOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'message' in error) return String(error.message);
  return String(error);
}

/** The `code` of a Node error (`ENOENT`), or ''. Not by `instanceof`: test realms have an Error of their own. */
export function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
