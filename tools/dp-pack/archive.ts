import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';

/** Left out of packages: what nobody runs. */
const UNUSED =
  /\.(?:d\.[mc]?ts|[mc]?ts|map|md|markdown|flow)$|\/(?:test|tests|docs|examples?|benchmarks?|\.github)$/i;
/** 2020-01-01T00:00:00Z, so that the same content is the same archive at any time. */
const MTIME = '@1577836800';

/**
 * Copies a package without what nobody runs. A package within another is one of its own.
 *
 * @param path relative to the project's root
 */
export function copyPackage(root: string, path: string, to: string): void {
  cpSync(join(root, path), join(to, path), {
    recursive: true,
    filter: (from) => !UNUSED.test(from) && !from.slice(join(root, path).length).includes('/node_modules'),
  });
}

/** An archive of a folder's content: the same bytes for the same content. @param level 1 is fast, 9 is small */
export function packFolder(folder: string, file: string, level: string): void {
  const owner = ['--sort=name', `--mtime=${MTIME}`, '--owner=0', '--group=0', '--numeric-owner'];
  // read by the programs' users, whatever umask this was made under
  const mode = '--mode=u+rwX,go+rX,go-w';
  execFileSync('tar', [
    ...owner,
    mode,
    `--use-compress-program=gzip -${level}n`,
    '-cf',
    file,
    '-C',
    folder,
    '.',
  ]);
}

/** Puts a whole file there or none, also from another file system. */
export function renameAcross(from: string, to: string): void {
  cpSync(from, `${to}.new`);
  renameSync(`${to}.new`, to);
}

export function sizeAndDigest(file: string): { size: number; sha256: string } {
  const bytes = readFileSync(file);
  return { size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}
