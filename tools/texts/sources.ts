import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

const ROOT = dirname(dirname(__dirname));

/** Programs and libraries that say something to people who use the API. */
export const SPEAKING = [
  'apps/server/src',
  'apps/importer/src',
  'apps/dp-gateway/src',
  'libs/domain/src',
  'libs/http/src',
  'libs/messaging/src',
  'libs/persistence/src',
];
export const CONSOLE = ['apps/console/src'];

/** The sources of some folders, without their specs and what is generated. */
export function sourcesOf(folders: readonly string[]): ts.SourceFile[] {
  return folders
    .flatMap((folder) => globSync(`${folder}/**/*.{ts,tsx}`, { cwd: ROOT }))
    .filter((file) => !/spec\.ts$|\.d\.ts$/.test(file))
    .map((file) => parsed(file, readFileSync(join(ROOT, file), 'utf8')));
}

export function parsed(file: string, text: string): ts.SourceFile {
  const kind = file.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  return ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true, kind);
}

/** Calls `visit` with each node of a source. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

export function placeOf(node: ts.Node): string {
  const source = node.getSourceFile();
  return `${source.fileName}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
}
