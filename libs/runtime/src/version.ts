import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the build notes what it was made from: `dist/commit`, seen from `dist/libs/runtime/src`. */
const BUILT_FROM = join(import.meta.dirname, '../../../commit');

/** What the programs were built from. */
export interface Build {
  readonly version: string;
  /** With `-dirty` when something had been changed since; null: the build could not know. */
  readonly commit: string | null;
}

/** The version is the project's own (package.json). */
export const BUILD: Build = { version: '0.2.0', commit: readCommit(BUILT_FROM) };

function readCommit(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim() || null;
  } catch {
    return null;
  }
}
