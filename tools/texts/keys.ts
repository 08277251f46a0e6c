import ts from 'typescript';
import { placeOf, walk } from './sources.js';

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

/** What a source may name: keys as they are, and templates such as `state.${state}` as patterns. */
function namesIn(sources: readonly ts.SourceFile[]): { literals: Set<string>; patterns: RegExp[] } {
  const literals = new Set<string>();
  const patterns: RegExp[] = [];
  for (const source of sources) {
    walk(source, (node) => {
      if (ts.isStringLiteralLike(node)) literals.add(node.text);
      if (ts.isPropertyAssignment(node) && ts.isIdentifier(node.name)) literals.add(node.name.text);
      if (ts.isTemplateExpression(node) && /^[a-zA-Z]+\./.test(node.head.text)) {
        const rest = node.templateSpans.map(({ literal }) => `.+${escaped(literal.text)}`).join('');
        patterns.push(new RegExp(`^${escaped(node.head.text)}${rest}$`));
      }
      // named('state', …) of the console
      if (ts.isCallExpression(node) && node.expression.getText() === 'named') {
        const [group] = node.arguments;
        if (group && ts.isStringLiteral(group)) patterns.push(new RegExp(`^${escaped(group.text)}\\.`));
      }
    });
  }
  return { literals, patterns };
}

/** Keys that neither a source names, nor another text by nesting it. */
export function unusedKeys(
  keys: readonly string[],
  texts: readonly string[],
  sources: readonly ts.SourceFile[],
): string[] {
  const { literals, patterns } = namesIn(sources);
  const nested = texts.flatMap((text) =>
    [...text.matchAll(/\$t\((\w+\.)/g)].map(([, prefix = '']) => prefix),
  );
  return keys.filter((key) => {
    const base = key.replace(/_(?:one|other)$/, '');
    return !(
      literals.has(base) ||
      patterns.some((pattern) => pattern.test(base)) ||
      nested.some((prefix) => base.startsWith(prefix))
    );
  });
}

/** Where a key is an argument, and what fills its places the next one. */
const TAKES_KEY: Readonly<Record<string, number>> = {
  DomainError: 1,
  EdgeError: 1,
  ImportFailure: 1,
  importMessage: 1,
  rowMessage: 2,
  mustBe: 0,
  t: 0,
  text: 0,
};

/** Places of texts that nothing fills where the text is named. */
export function unfilledPlaces(
  places: ReadonlyMap<string, readonly string[]>,
  sources: readonly ts.SourceFile[],
): string[] {
  const found: string[] = [];
  const compare = (key: ts.Node | undefined, params: ts.Node | undefined): void => {
    if (!key || !ts.isStringLiteral(key) || (params && !ts.isObjectLiteralExpression(params))) return;
    const given = params?.properties ?? [];
    if (given.some(ts.isSpreadAssignment)) return;
    const names = new Set(given.map(({ name }) => name?.getText()));
    const unfilled = (places.get(key.text) ?? []).filter((place) => !names.has(place));
    if (unfilled.length > 0) found.push(`${placeOf(key)} ${key.text}: ${unfilled.join(', ')}`);
  };
  for (const source of sources) {
    walk(source, (node) => {
      if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
        const name = node.expression.getText();
        const index = Object.hasOwn(TAKES_KEY, name) ? TAKES_KEY[name] : undefined;
        if (index !== undefined) compare(node.arguments?.[index], node.arguments?.[index + 1]);
      }
      if (ts.isObjectLiteralExpression(node)) {
        const field = (name: string): ts.Node | undefined =>
          node.properties.filter(ts.isPropertyAssignment).find((one) => one.name.getText() === name)
            ?.initializer;
        const hasOther = node.properties.some((one) => one.name?.getText() === 'params') && !field('params');
        if (!hasOther) compare(field('key'), field('params'));
      }
    });
  }
  return found;
}
