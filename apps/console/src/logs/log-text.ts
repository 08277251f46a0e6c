/** Bytes of a program's output that a DP keeps, its last ones: `LOG_BYTES` of the agent. */
const KEPT_BYTES = 16 * 1024;
/** A cut through a character takes what is left of it as well. */
const MAX_CHARACTER_BYTES = 4;

/** Whether it is as long as what is kept of an output: then its beginning is not in it. */
export function isCut(text: string): boolean {
  return new TextEncoder().encode(text).length > KEPT_BYTES - MAX_CHARACTER_BYTES;
}

/**
 * What moves the cursor, erases or only colours, and what stands between: carriage return and backspace, erasing within the
 * line (its number), other escape sequences, other control characters, text.
 */
const PARTS =
  // eslint-disable-next-line no-control-regex
  /(?<move>[\r\b])|(?:\x1b\[|\x9b)(?<erase>[0-2]?)K|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\|$)|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?|\x1b[ -/]*[0-~]|[\x00-\x08\x0b-\x1f\x7f-\x9f]|(?<text>[^\x00-\x08\x0b-\x1f\x7f-\x9f]+)/g;

/** The lines of an output as a terminal would have left them: without colours, what was written over by what stands there last. */
export function linesOf(output: string): string[] {
  return output.replace(/\n$/, '').split('\n').map(asLeft);
}

function asLeft(line: string): string {
  let left = '';
  let at = 0;
  for (const { groups } of line.matchAll(PARTS)) {
    const { move, erase, text } = groups ?? {};
    if (move === '\r') at = 0;
    else if (move === '\b') at = Math.max(0, at - 1);
    else if (erase !== undefined) left = erased(left, at, erase);
    else if (text !== undefined) {
      left = left.slice(0, at).padEnd(at) + text + left.slice(at + text.length);
      at += text.length;
    }
  }
  return left;
}

/** 1: up to the cursor; 2: everything; else from the cursor on. */
function erased(line: string, at: number, what: string): string {
  if (what === '2') return '';
  return what === '1' ? ' '.repeat(at) + line.slice(at) : line.slice(0, at);
}
