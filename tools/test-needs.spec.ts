import { dirname } from 'node:path';
import { filesOf, needsOf } from './test-needs.ts';

const NOTHING = { peers: false, build: false };
const EVERYTHING = { peers: true, build: true };

describe('what a test run needs', () => {
  const needs = (...files: readonly (readonly [name: string, text: string])[]): object =>
    needsOf(
      files.map(([name]) => name),
      (name) => new Map(files).get(name) ?? '',
    );

  it('is nothing for rules', () => {
    expect(needs(['a.spec.ts', "import { a } from './a.js';"])).toEqual(NOTHING);
  });

  it.each(['b.int-spec.ts', 'b.e2e-spec.ts'])('is everything as soon as there is one like %s', (name) => {
    expect(needs(['a.spec.ts', ''], [name, ''])).toEqual(EVERYTHING);
  });

  it('is what a file says in its first comment, and there alone', () => {
    expect(needs(['a.spec.ts', '/** @needs build */\nimport a'])).toEqual({ peers: false, build: true });
    expect(needs(['a.spec.ts', '/**\n * Why.\n * @needs peers\n */'])).toEqual({ peers: true, build: false });
    expect(needs(['a.spec.ts', 'import a;\n/** @needs peers */'])).toEqual(NOTHING);
  });
});

describe('the files of a test run', () => {
  it('are those that jest finds by its own arguments', () => {
    const found = filesOf(dirname(__dirname), ['tools/test-needs', '-t', 'anything']);
    expect(found).toEqual([__filename]);
  });

  it('are not known where jest refuses the arguments', () => {
    expect(filesOf(dirname(__dirname), ['--nonsense'])).toBeUndefined();
  });
});
