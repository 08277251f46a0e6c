import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemChromium } from './chromium.ts';

const NOTE = join(import.meta.dirname, '../../e2e/console-pictures/approved-with.json');

/** What draws the pages: other fonts, or another Chromium, draw every letter otherwise. */
export interface Drawing {
  /** Major version of Chromium. */
  chromium: string;
  /** Family that fontconfig takes for the system's own font. */
  font: string;
}

/** What pages are drawn with here. @throws Error where Chromium or fontconfig are not there */
export function drawing(): Drawing {
  const said = (command: string, args: readonly string[]): string => {
    const { stdout, error } = spawnSync(command, args, { encoding: 'utf8' });
    if (error !== undefined) throw error;
    return stdout;
  };
  return {
    chromium: /(\d+)\.\d+\.\d+/.exec(said(systemChromium().executablePath, ['--version']))?.[1] ?? 'unknown',
    font: said('fc-match', ['--format=%{family[0]}', 'system-ui']),
  };
}

/** Why pictures of pages cannot be compared with the approved ones here; undefined where they can. */
export function picturesIncomparable(): string | undefined {
  const was = JSON.parse(readFileSync(NOTE, 'utf8')) as Drawing;
  let is: Drawing;
  try {
    is = drawing();
  } catch (error) {
    return `the console's pictures are not compared: ${error instanceof Error ? error.message : String(error)}`;
  }
  const told = ({ chromium, font }: Drawing): string => `Chromium ${chromium} with ${font}`;
  if (told(was) === told(is)) return undefined;
  return `the console's pictures are not compared: they were approved in ${told(was)}, here is ${told(is)}`;
}
