import { spawnSync } from 'node:child_process';

/**
 * One thing that a guide of docs/ has its reader do or see. The marks are those of its first paragraph: bold is a label of the
 * console, code behind it what is meant or typed, italics what is shown, a block of `sh` what is pasted.
 */
export type GuideStep =
  | { readonly kind: 'click'; readonly label: string }
  | { readonly kind: 'fill'; readonly label: string; readonly value: string }
  | { readonly kind: 'see'; readonly text: string }
  | { readonly kind: 'paste'; readonly lines: readonly string[] }
  | { readonly kind: 'picture'; readonly file: string };

/** What stands below one heading of a guide. */
export interface GuideChapter {
  readonly title: string;
  readonly steps: readonly GuideStep[];
}

/** Where every part of a page, its title too, is a chapter of its own. */
export const ANY_HEADING = /^#{1,4} /m;

/** All that a guide, or some chapters of it, have their reader paste: whole commands, in their order. */
export function commandsIn(chapters: readonly GuideChapter[]): string[] {
  const steps = chapters.flatMap((chapter) => chapter.steps);
  return steps.flatMap((step) => (step.kind === 'paste' ? commandsOf(step.lines) : []));
}

/** Lines that make one command together become one: a shell would wait for the rest of it. */
function commandsOf(lines: readonly string[]): string[] {
  const commands: string[] = [];
  let begun = '';
  for (const line of lines) {
    begun += begun === '' ? line : `\n${line}`;
    if (!isWhole(begun)) continue;
    commands.push(begun);
    begun = '';
  }
  if (begun !== '') throw new Error(`a block ends within a command: ${begun}`);
  return commands;
}

function isWhole(command: string): boolean {
  if (command.endsWith('\\')) return false;
  return spawnSync('bash', ['-n', '-c', command], { stdio: 'ignore' }).status === 0;
}

const BLOCK = /^ *```(\w*)\n([\s\S]*?)^ *```$/gm;
/** A picture; bold with code or without, each perhaps with what is typed; italics; the number of a block. */
const MARKS =
  /!\[[^\]]*\]\((?<picture>[^)]+)\)|\*\*(?<label>[^*]+)\*\*(?: `(?<which>[^`]+)`)?(?:: `(?<value>[^`]+)`)?|(?<![\w`])_(?<shown>[^_`]+)_(?!\w)|⟦(?<block>\d+)⟧/g;

/**
 * Reads a guide: its chapters in their order, without what stands above the first.
 *
 * @param heading what begins a chapter; with {@link ANY_HEADING} their parts are chapters of their own
 */
export function chaptersOf(markdown: string, heading = /^## /m): GuideChapter[] {
  const [, ...parts] = markdown.split(heading);
  return parts.map((part) => {
    const end = part.indexOf('\n');
    return { title: part.slice(0, end), steps: stepsOf(part.slice(end)) };
  });
}

function stepsOf(text: string): GuideStep[] {
  const pasted: (readonly string[])[] = [];
  const prose = text.replaceAll(BLOCK, (_, language: string, body: string) => {
    if (language !== 'sh') return '';
    return `⟦${pasted.push(linesOf(body)) - 1}⟧`;
  });
  return Array.from(prose.matchAll(MARKS)).flatMap(({ groups = {} }): GuideStep[] => {
    const { picture, label, which, value, shown, block } = groups;
    if (picture !== undefined) return [{ kind: 'picture', file: picture }];
    if (shown !== undefined) return [{ kind: 'see', text: shown }];
    if (block !== undefined) return [{ kind: 'paste', lines: pasted[Number(block)] ?? [] }];
    if (label === undefined) return [];
    const whole = which === undefined ? label : `${label} ${which}`;
    if (value !== undefined) return [{ kind: 'fill', label: whole, value }];
    return whole.split(' → ').map((one) => ({ kind: 'click', label: one }));
  });
}

/** The lines of a block without what is said about them. */
function linesOf(body: string): string[] {
  return body
    .split('\n')
    .map((line) => line.replace(/(^|\s+)#.*$/, '').trim())
    .filter((line) => line !== '');
}
