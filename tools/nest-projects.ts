// What nest-cli.json and the root tsconfig say to those who compile the apps: tools/build.ts, and the watch of `npm run dev`.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

interface NestProject {
  readonly sourceRoot: string;
  readonly compilerOptions: { readonly tsConfigPath: string };
}
/** The part of nest-cli.json that counts here. */
interface NestCli {
  readonly projects: Readonly<Record<string, NestProject>>;
}

export function readNestCli(root: string): NestCli {
  return JSON.parse(readFileSync(join(root, 'nest-cli.json'), 'utf8')) as NestCli;
}

/** Diagnostics as `tsc` prints them, in colour on a terminal. */
export function formatted(diagnostics: readonly ts.Diagnostic[], root: string): string {
  const host = {
    getCanonicalFileName: (file: string) => file,
    getCurrentDirectory: () => root,
    getNewLine: () => '\n',
  };
  const format = process.stderr.isTTY ? ts.formatDiagnosticsWithColorAndContext : ts.formatDiagnostics;
  return format(diagnostics, host);
}
