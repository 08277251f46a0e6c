// npm run docs: writes what the docs have from the sources: docs/states.md and docs/failures.md as a whole, and the
// blocks between `<!-- generated: … -->` and `<!-- end -->` in all other docs; and the console's types of the admin API.
// `--check` only compares the docs, and fails on drift; the types are compared by tools/console-types.spec.ts.
import './source-modules.ts';
import { globSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { failuresPage } from './docs/failures.ts';
import { CONSOLE_TYPES, consoleTypes, servedDocument } from './console-types.ts';
import { fillBlocks } from './docs/blocks.ts';
import { statesPage } from './docs/states.ts';

const ROOT = dirname(import.meta.dirname);
const domain = await import('#domain');
const texts = await import('#texts');

/** Whole pages that nobody writes by hand. */
const PAGES: Readonly<Record<string, () => string>> = {
  'docs/states.md': () => statesPage(domain, texts),
  'docs/failures.md': () => failuresPage(domain, texts),
};

const read = (path: string): string => {
  const file = join(ROOT, path);
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
};

const generated = Object.entries(PAGES).map(([path, render]) => [path, render()] as const);
const filled = ['README.md', ...globSync('docs/**/*.md', { cwd: ROOT })]
  .filter((path) => !(path in PAGES))
  .map((path) => [path, fillBlocks(path, read(path), { domain, read })] as const);
const check = process.argv.includes('--check');
const types = check ? [] : [[CONSOLE_TYPES, await consoleTypes(servedDocument())] as const];
const config = await resolveConfig(join(ROOT, 'README.md'));
let stale = 0;
for (const [path, text] of [...generated, ...filled, ...types]) {
  const wanted = await format(text, { ...config, parser: path.endsWith('.md') ? 'markdown' : 'typescript' });
  if (wanted === read(path)) continue;
  stale += 1;
  console.log(check ? `${path} is not what the sources say` : `written: ${path}`);
  if (!check) writeFileSync(join(ROOT, path), wanted);
}
if (stale === 0) console.log('the docs are what the sources say');
else if (check) {
  console.log('run: npm run docs');
  process.exitCode = 1;
}
