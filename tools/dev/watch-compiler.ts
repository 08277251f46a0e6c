// Compiles into dist/ what changes, as tools/build.ts does, for as long as it runs. It is a worker of tools/dev/watch.ts:
// TypeScript keeps a thread busy for seconds. A change is written when it has no error itself, since somebody waits to see
// it, and what it concerns elsewhere is checked after that. While there is any error nothing is written.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import ts from 'typescript';
import { formatted } from '../nest-projects.ts';
import type { CompilerTask, Outcome } from './watch.ts';

type Builder = ts.EmitAndSemanticDiagnosticsBuilderProgram;

const { root, scripts } = workerData as CompilerTask;
const ignored = (): void => {}; // what tsc --watch would print
const host = ts.createWatchCompilerHost(
  join(root, 'tools/dev/tsconfig.watch.json'),
  {},
  ts.sys,
  ts.createEmitAndSemanticDiagnosticsBuilderProgram,
  ignored,
  ignored,
);

/** When the work on the changes began that are being compiled now. */
let began = 0;
/** Of the last program. */
let sourcesBefore: ReadonlySet<ts.SourceFile> | undefined;
let wasSound = false;

const createProgram = host.createProgram.bind(host);
host.createProgram = (...args) => {
  began = performance.now();
  return createProgram(...args);
};
host.afterProgramCreate = (builder) => {
  const early = new Set<string>();
  const changed = changedSources(builder);
  if (wasSound && hasNoErrors(builder, changed)) {
    for (const source of changed) builder.getProgram().emit(source, writing(early));
    if (early.size > 0) tell(builder, early);
  }
  const errors = [
    ...builder.getConfigFileParsingDiagnostics(),
    ...builder.getOptionsDiagnostics(),
    ...builder.getSyntacticDiagnostics(),
    ...builder.getGlobalDiagnostics(),
    ...builder.getSemanticDiagnostics(),
  ];
  wasSound = errors.length === 0;
  sourcesBefore = new Set(builder.getSourceFiles());
  if (wasSound) {
    const rest = new Set<string>();
    builder.emit(undefined, writing(rest));
    if (early.size === 0 || rest.size > 0) tell(builder, rest);
  } else {
    post({ errors: errors.length, text: formatted(errors, root).trimEnd(), late: early.size > 0 });
  }
};
ts.createWatchProgram(host);

/** Asks the program itself: its builder would look first whom the changes concern, which takes longer than all the rest. */
function hasNoErrors(builder: Builder, sources: readonly ts.SourceFile[]): boolean {
  const program = builder.getProgram();
  return sources.every(
    (source) =>
      program.getSyntacticDiagnostics(source).length === 0 &&
      program.getSemanticDiagnostics(source).length === 0,
  );
}

/** Those that the last program did not have like that. */
function changedSources(builder: Builder): ts.SourceFile[] {
  return builder
    .getSourceFiles()
    .filter((source) => !source.isDeclarationFile && !sourcesBefore?.has(source));
}

/** Writes what is not as it was, and adds its sources to `written`. */
function writing(written: Set<string>): ts.WriteFileCallback {
  return (file, text, _mark, _onError, sources) => {
    if (existsSync(file) && readFileSync(file, 'utf8') === text) return;
    // dist/ is not what the last build made any more: the next `npm start` is to build
    rmSync(join(root, 'dist/.apps-stamp'), { force: true });
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    if (!file.endsWith('.map')) for (const { fileName } of sources ?? []) written.add(fileName);
  };
}

function tell(builder: Builder, written: ReadonlySet<string>): void {
  post({
    seconds: (performance.now() - began) / 1000,
    sources: [...written].map((file) => relative(root, file)),
    scripts: scripts.filter((script) => containsOneOf(builder, script, written)),
  });
}

/** Whether a script of dist/ imports one of the sources, directly or not. */
function containsOneOf(builder: Builder, script: string, sources: ReadonlySet<string>): boolean {
  const entry = builder.getSourceFile(join(root, script.replace(/^dist\//, '').replace(/\.js$/, '.ts')));
  return entry !== undefined && builder.getAllDependencies(entry).some((file) => sources.has(file));
}

function post(outcome: Outcome): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker's port, no window
  parentPort?.postMessage(outcome);
}
