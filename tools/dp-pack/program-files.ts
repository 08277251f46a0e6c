import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';

/** What a compiled program needs to run. */
export interface ProgramFiles {
  /** Files of `dist`, relative to the project's root. */
  readonly files: readonly string[];
  /** Folders of packages, relative to the project's root. */
  readonly packages: readonly string[];
}

interface Package {
  readonly imports?: Readonly<Record<string, { readonly default?: string }>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const readPackage = (folder: string): Package =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Package;

/**
 * Follows the imports of a compiled program: its own files, and the packages with what those depend on. Optional ones are left
 * out: they are compiled for one machine, and what uses them goes on without.
 *
 * @param entry relative to the root
 * @throws Error for an import that leads nowhere
 */
export function filesOfProgram(root: string, entry: string): ProgramFiles {
  const { imports = {} } = readPackage(root);
  const files = new Set<string>();
  const packages = new Set<string>();
  const open = [entry];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (files.has(file)) continue;
    files.add(file);
    for (const { fileName: name } of ts.preProcessFile(readFileSync(join(root, file), 'utf8'), true, true)
      .importedFiles) {
      if (name.startsWith('node:')) continue;
      if (name.startsWith('.')) open.push(join(dirname(file), name));
      else if (name.startsWith('#')) {
        const target = imports[name]?.default;
        if (target === undefined)
          throw new Error(`${file} imports ${name}, which package.json does not know`);
        open.push(join(target));
      } else addPackage(root, join(root, file), packageOf(name), packages);
    }
  }
  return { files: [...files].toSorted(), packages: [...packages].toSorted() };
}

function packageOf(name: string): string {
  return name.split('/', name.startsWith('@') ? 2 : 1).join('/');
}

/** Adds the folder of a package as seen from a file, and those of what it depends on. */
function addPackage(root: string, from: string, name: string, packages: Set<string>): void {
  const folder = createRequire(from)
    .resolve.paths(name)
    ?.map((place) => join(place, name))
    .find((place) => existsSync(join(place, 'package.json')));
  if (folder === undefined) throw new Error(`the package ${name}, which ${from} needs, is not installed`);
  const path = relative(root, folder);
  if (packages.has(path)) return;
  packages.add(path);
  for (const needed of Object.keys(readPackage(folder).dependencies ?? {}))
    addPackage(root, join(folder, 'package.json'), needed, packages);
}
