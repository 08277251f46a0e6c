import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const LIST = join(dirname(import.meta.dirname), 'debian-packages.txt');

/**
 * When a package is needed: by `npm start` (and the tests), by the tests alone, or by those tests alone that only root
 * can run.
 */
const USES = ['start', 'test', 'root'] as const;
type Use = (typeof USES)[number];

/** A line of tools/debian-packages.txt. */
export interface DebianPackage {
  readonly name: string;
  readonly use: Use;
  /** What it is for, in a few words. */
  readonly purpose: string;
}

/** @throws Error naming the line that is not `name use purpose` */
export function parsePackages(text: string): DebianPackage[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name, word, purpose] = /^(\S+)\s+(\S+)\s+(\S.*)$/.exec(line) ?? [];
      const use = USES.find((known) => known === word);
      if (name === undefined || use === undefined || purpose === undefined)
        throw new Error(`debian-packages.txt: not "package when purpose": ${line}`);
      return { name, use, purpose };
    });
}

/** The packages for these uses, as the list names them. */
export function packagesFor(...uses: readonly Use[]): DebianPackage[] {
  return parsePackages(readFileSync(LIST, 'utf8')).filter(({ use }) => uses.includes(use));
}

/** The listed packages of these names, for a part that needs just them. */
export function packagesNamed(...names: readonly string[]): DebianPackage[] {
  const listed = packagesFor(...USES);
  return names.map((name) => {
    const found = listed.find((candidate) => candidate.name === name);
    if (found === undefined) throw new Error(`${name} is not in tools/debian-packages.txt`);
    return found;
  });
}
