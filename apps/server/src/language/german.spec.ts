import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { GERMAN, inGerman } from './german.js';

const ROOT = join(__dirname, '..', '..', '..', '..');
/** Programs and libraries whose sentences the admin API shows. */
const SOURCES = [
  'apps/server/src',
  'apps/importer/src',
  'libs/domain/src',
  'libs/messaging/src',
  'libs/persistence/src',
];
/** Those of the command line are for scripts, and English. */
const NOT_SHOWN = /apps\/importer\/src\/cli\//;

/** Where a sentence is an argument: the name of the function or class, and which argument. */
const ARGUMENTS: Readonly<Record<string, number>> = {
  DomainError: 1,
  EdgeError: 1,
  ImportFailure: 1,
  importMessage: 1,
  rowMessage: 2,
  say: 1,
  no: 1,
  refused: 2,
  fault: 2,
  wrongState: 1,
};
/** Where a sentence is the value of a field. */
const FIELDS: ReadonlySet<string> = new Set(['message', 'means', 'text', 'detail', 'fault']);
/** Fields of these names that hold no sentence for a person who asks. */
const OTHER = new Set([
  '', // a schema that takes anything
  'm0', // an empty sentence around a variable
  'must be m0', // its parts are checked as `means`
  'is not a known m0', // its parts are names of things
  'not connected', // of the readiness probe, for operations
]);

interface Said {
  where: string;
  /** The sentence with m0, m1, … for what varies. */
  sample: string;
}

function said(file: string): Said[] {
  const source = ts.createSourceFile(
    file,
    readFileSync(join(ROOT, file), 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  );
  const constants = new Map<string, ts.Expression>();
  const found: Said[] = [];
  const take = (expression: ts.Expression | undefined): void => {
    for (const sample of expression ? samples(expression, constants) : []) {
      const { line } = source.getLineAndCharacterOfPosition(expression?.getStart() ?? 0);
      if (!OTHER.has(sample)) found.push({ where: `${file}:${line + 1}`, sample });
    }
  };
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.initializer)
      constants.set(node.name.text, node.initializer);
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
      const index = ARGUMENTS[node.expression.getText().split('.').at(-1) ?? ''];
      if (index !== undefined) take(node.arguments?.[index]);
    }
    // tables of sentences, each made by a function
    if (
      ts.isPropertyAssignment(node) &&
      ts.isArrowFunction(node.initializer) &&
      /^[A-Z_]+$/.test(node.name.getText())
    ) {
      const { body } = node.initializer;
      if (!ts.isBlock(body)) take(body);
    }
    if (ts.isPropertyAssignment(node) && FIELDS.has(node.name.getText())) take(node.initializer);
    if (ts.isShorthandPropertyAssignment(node) && FIELDS.has(node.name.text))
      take(constants.get(node.name.text));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** The sentences that an expression may come to; none when that is not to be seen here. */
function samples(node: ts.Expression, constants: ReadonlyMap<string, ts.Expression>): string[] {
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isParenthesizedExpression(node)) return samples(node.expression, constants);
  if (ts.isTemplateExpression(node)) {
    return [
      node.templateSpans.reduce(
        (text, { literal }, index) => `${text}m${index}${literal.text}`,
        node.head.text,
      ),
    ];
  }
  if (ts.isConditionalExpression(node)) {
    return [...samples(node.whenTrue, constants), ...samples(node.whenFalse, constants)];
  }
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    const [left] = samples(node.left, constants);
    const [right] = samples(node.right, constants);
    return left === undefined || right === undefined ? [] : [left + right];
  }
  if (ts.isIdentifier(node)) {
    const constant = constants.get(node.text);
    return constant && constant !== node ? samples(constant, new Map()) : [];
  }
  return [];
}

const ALL = SOURCES.flatMap((folder) =>
  globSync(`${folder}/**/*.ts`, { cwd: ROOT }).filter(
    (file) => !file.endsWith('spec.ts') && !NOT_SHOWN.test(file),
  ),
).flatMap(said);

/** All that the sources say, strings put together. */
const SOURCE_TEXT = SOURCES.flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: ROOT }))
  .filter((file) => !file.endsWith('spec.ts') && !file.includes('/language/'))
  .map((file) => readFileSync(join(ROOT, file), 'utf8'))
  .join('\n')
  .replaceAll(/['`]\s*\+\s*['`]/g, '');

describe('German', () => {
  it('has every sentence that people are told', () => {
    expect(ALL.length).toBeGreaterThan(200);
    expect(ALL.filter(({ sample }) => inGerman(sample) === null)).toEqual([]);
  });

  it('has nothing else', () => {
    const unsaid = Object.keys(GERMAN).filter((english) =>
      english.split(/\{\w+\}/).some((piece) => !SOURCE_TEXT.includes(piece)),
    );
    expect(unsaid).toEqual([]);
  });

  it('keeps what varies', () => {
    const lost = ALL.flatMap(({ where, sample }) => {
      const german = inGerman(sample) ?? '';
      return (sample.match(/\bm\d\b/g) ?? [])
        .filter((name) => !german.includes(name))
        .map((name) => [where, name]);
    });
    expect(lost).toEqual([]);
  });

  it('has each place of a sentence on both sides', () => {
    const places = (text: string): string[] =>
      [...text.matchAll(/\{={0,2}(\w+)\}/g)].map(([, name = '']) => name).sort();
    for (const [english, german] of Object.entries(GERMAN))
      expect([english, places(german)]).toEqual([english, places(english)]);
  });

  it.each([
    ['PC-1 is not registered.', 'PC-1 ist nicht registriert.'],
    [
      'ready is ready; retire it before it is deleted.',
      'ready: betriebsbereit; legen Sie den Computer still, bevor Sie ihn löschen.',
    ],
    [
      'The request is not valid: tenant is not a known tenant.',
      'Die Anfrage ist ungültig: tenant ist kein bekannter Mandant.',
    ],
    [
      'must be a list of 1 to 20 texts, each a text of 1 to 255 characters',
      'muss eine Liste mit 1 bis 20 Texten, jeder ein Text mit 1 bis 255 Zeichen sein',
    ],
    [
      'Line 5: "bad name!" contains "space", which a computer name must not contain',
      'Zeile 5: "bad name!" enthält „Leerzeichen“, was in einem Computernamen nicht vorkommen darf',
    ],
    [
      'No account is stored for the server DP, neither centrally nor on it; enter one first.',
      'Für den Server-DP ist kein Konto hinterlegt, weder zentral noch auf ihm selbst; geben Sie zuerst eines ein.',
    ],
    [
      'The import is committing; it cannot be discarded any more.',
      'Der Import ist beim Übernehmen; verwerfen lässt er sich nicht mehr.',
    ],
  ])('says %s', (english, german) => {
    expect(inGerman(english)).toBe(german);
  });

  it('keeps to the words of the glossary', () => {
    const strange = /Distribution Point|Queue|Passwort|Account|Host\b|Job|Task/;
    expect(Object.values(GERMAN).filter((text) => strange.test(text))).toEqual([
      // a form of a URL
      'ldaps://Host[:Port] oder ldap://Host[:Port]',
    ]);
  });

  it('takes each sentence for itself and for no other', () => {
    const wrong = Object.entries(GERMAN).filter(([english, german]) => {
      const fill = (text: string): string => text.replaceAll(/\{={0,2}(\w+)\}/g, 'XY-1');
      return !german.includes('{==') && inGerman(fill(english)) !== fill(german);
    });
    expect(wrong).toEqual([]);
  });

  it('leaves alone what it does not know', () => {
    for (const text of [
      '',
      'Permission denied (publickey).',
      'PC-1',
      'must be equal to one of the allowed values',
    ])
      expect(inGerman(text)).toBeNull();
  });
});
