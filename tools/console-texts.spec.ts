import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TEXTS } from '../apps/console/src/text-table.js';

const SOURCES = join(__dirname, '..', 'apps', 'console', 'src');

/** Keys that no source names, neither as they are nor by a template such as `state.${state}`. */
function unused(keys: readonly string[], source: string): string[] {
  const prefixes = [
    ...[...source.matchAll(/`([a-zA-Z.]+\.)\$\{/g)].map(([, prefix = '']) => prefix),
    ...[...source.matchAll(/named\('([a-z]+)'/g)].map(([, group = '']) => `${group}.`),
  ];
  return keys.filter(
    (key) =>
      !source.includes(`'${key.replace(/_(?:one|other)$/, '')}'`) &&
      !source.includes(`"${key}"`) &&
      !new RegExp(`\\W${key}: `).test(source) &&
      !prefixes.some((prefix) => key.startsWith(prefix)),
  );
}

describe('the texts of the console', () => {
  const source = globSync('**/*.{ts,tsx}', { cwd: SOURCES })
    .filter((file) => !file.endsWith('.d.ts') && !file.endsWith('text-table.ts'))
    .map((file) => readFileSync(join(SOURCES, file), 'utf8'))
    .join('\n');

  it('are all used', () => {
    expect(unused(Object.keys(TEXTS), source)).toEqual([]);
    expect(unused(['never.said'], source)).toEqual(['never.said']);
  });

  it('take the same values in both languages, and are never empty', () => {
    const values = (text: string): string[] => [...text.matchAll(/\{\{\w+\}\}/g)].map(String).toSorted();
    for (const [key, [english, german]] of Object.entries(TEXTS)) {
      expect([key, values(english)]).toEqual([key, values(german)]);
      expect(english.length * german.length).toBeGreaterThan(0);
    }
  });
});
