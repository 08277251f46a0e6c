import {
  existsSync,
  globSync,
  lstatSync,
  openSync,
  closeSync,
  readFileSync,
  readSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** Scripts are read whole; a longer file is none that somebody wrote. */
const LONGEST_SCRIPT = 1 << 20;
const ABSOLUTE_PATH = /(?<![\w.$})/-])\/(?:usr|etc|lib|bin|sbin|opt)(?:\/[\w.+@-]+)+/g;

/**
 * Makes an unpacked root usable where it lies: links and scripts that name a path of the installed system, which is in
 * the root and not on this system, name the root's instead.
 */
export function relocate(root: string): void {
  const here = (path: string): string =>
    existsSync(join(root, path)) && !existsSync(path) ? join(root, path) : path;
  for (const path of globSync('**/*', { cwd: root }).map((name) => join(root, name))) {
    const found = lstatSync(path);
    if (found.isSymbolicLink()) {
      const target = readlinkSync(path);
      if (!target.startsWith('/') || here(target) === target) continue;
      rmSync(path);
      symlinkSync(relative(dirname(path), join(root, target)), path);
    } else if (found.isFile() && found.size < LONGEST_SCRIPT && isScript(path)) {
      const text = readFileSync(path, 'latin1');
      const moved = text.replace(ABSOLUTE_PATH, here);
      if (moved !== text) writeFileSync(path, moved, 'latin1');
    }
  }
}

function isScript(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    const start = Buffer.alloc(2);
    return readSync(file, start, 0, 2, 0) === 2 && start.toString('latin1') === '#!';
  } finally {
    closeSync(file);
  }
}
