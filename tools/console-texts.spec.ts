import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  COMPUTER_STATES,
  DEFAULT_SETTINGS,
  DP_STATES,
  EVENT_SOURCES,
  FAILURES,
  IMPORT_STATES,
  IMPORT_VERDICTS,
  ORDER_KINDS,
  ORDER_STATES,
  PHASES,
  ROLES,
  WAIT_CODES,
} from '#domain';
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

  it('name every state, code and kind that the server says', () => {
    const said: Readonly<Record<string, readonly string[]>> = {
      wait: WAIT_CODES,
      phase: PHASES,
      kind: ORDER_KINDS,
      'order.of': ORDER_KINDS,
      source: EVENT_SOURCES,
      setting: Object.keys(DEFAULT_SETTINGS),
      role: ROLES,
      state: [
        ...COMPUTER_STATES,
        ...ORDER_STATES,
        ...DP_STATES.filter((state) => state !== 'created'),
        ...IMPORT_STATES,
        ...IMPORT_VERDICTS,
      ],
    };
    const missing = Object.entries(said).flatMap(([group, values]) =>
      values.map((value) => `${group}.${value}`).filter((key) => !Object.hasOwn(TEXTS, key)),
    );
    expect(missing).toEqual([]);
  });

  it('say one word for one idea in German, as do the hints of failures', () => {
    const german = [
      ...Object.entries(TEXTS).map(([key, [, de]]) => [key, de] as const),
      ...Object.entries(FAILURES).map(([code, { hint }]) => [code, hint.de] as const),
    ];
    const strange = /Distribution Point|Queue|Passwort|Account|Host(?!-Schlüssel|name)|Agent(?!en)|Job|Task/;
    expect(german.filter(([, text]) => strange.test(text))).toEqual([]);
    expect(Object.values(FAILURES).every(({ hint }) => hint.en !== '' && hint.de !== '')).toBe(true);
  });

  it('take the same values in both languages, and are never empty', () => {
    const values = (text: string): string[] => [...text.matchAll(/\{\{\w+\}\}/g)].map(String).toSorted();
    for (const [key, [english, german]] of Object.entries(TEXTS)) {
      expect([key, values(english)]).toEqual([key, values(german)]);
      expect(english.length * german.length).toBeGreaterThan(0);
    }
  });
});
