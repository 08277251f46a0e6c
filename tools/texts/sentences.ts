import ts from 'typescript';
import { placeOf, walk } from './sources.js';

/** Three words or more, as people write them. */
const SENTENCE = /(?:^|\s)[A-Za-zÄÖÜäöüß]+,? [A-Za-zÄÖÜäöüß]+,? [a-zäöüß]+/;
/** Words of no language. */
const NAMES = new Set(['Relaypoint', '(DP']);
/** Of OpenAPI, metrics and the like: English, for developers. */
const FOR_DEVELOPERS = /^(?:description|summary|help|comment|example)$/;
/** Constants of descriptions, by their use in `description:`. */
const DESCRIBES = /^(?:START_TLS|PLAIN)$/;
const ERRORS = /(?:Error|Fault|Violation|Exception|Unavailable|Stopping|TryLater|Lost|Mismatch|Refused)$/;
const LOGS =
  /(?:^|\.)(?:log|warn|error|debug|fatal|verbose|addIssue|regex|refine|layered|retryWhenBeaten|retryLost)$/;

/** Whether a text is for logs, operators or developers: those are English, and not of the catalogue. */
function isForOthers(node: ts.Node): boolean {
  for (let at: ts.Node = node; at.parent; at = at.parent) {
    const { parent } = at;
    if (ts.isDecorator(parent) || ts.isImportDeclaration(parent)) return true;
    if (ts.isNewExpression(parent) && ERRORS.test(parent.expression.getText())) return true;
    if (ts.isCallExpression(parent)) {
      const callee = parent.expression;
      if (callee.kind === ts.SyntaxKind.SuperKeyword || LOGS.test(callee.getText())) return true;
    }
    if (ts.isVariableDeclaration(parent) && DESCRIBES.test(parent.name.getText())) return true;
    if (ts.isPropertyAssignment(parent) && FOR_DEVELOPERS.test(parent.name.getText())) return true;
  }
  return false;
}

/** Sentences in sources that people would be shown. */
export function sentencesIn(sources: readonly ts.SourceFile[]): string[] {
  const found: string[] = [];
  for (const source of sources) {
    walk(source, (node) => {
      const text = ts.isStringLiteralLike(node)
        ? node.text
        : ts.isTemplateExpression(node)
          ? [node.head.text, ...node.templateSpans.map(({ literal }) => `…${literal.text}`)].join('')
          : ts.isJsxText(node)
            ? node.text.trim()
            : '';
      const isSaid = ts.isJsxText(node) ? !NAMES.has(text) && /[A-Za-z]{2}/.test(text) : SENTENCE.test(text);
      if (isSaid && !isForOthers(node)) found.push(`${placeOf(node)} ${text.slice(0, 80)}`);
    });
  }
  return found;
}
