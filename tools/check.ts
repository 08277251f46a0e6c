// npm run check: everything that can be said about the sources without running them. Two steps run at a time; a table
// at the end says how each went. A step's output is shown when it failed.
import { spawn } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';

const ROOT = dirname(import.meta.dirname);

interface Step {
  readonly name: string;
  readonly command: readonly string[];
}
interface Done {
  readonly step: Step;
  readonly ok: boolean;
  readonly seconds: number;
  readonly output: string;
}

const sources = ['apps', 'libs', 'e2e', 'bench', 'tools'].filter((folder) => existsSync(join(ROOT, folder)));
const shellScripts = globSync(['tools/**/*.sh', 'client/**/*.sh', '.ci/run'], { cwd: ROOT });
const docs = ['tools/docs.ts', 'tools/docs.mjs'].some((file) => existsSync(join(ROOT, file)));
const ofConsole = existsSync(join(ROOT, 'apps/console/tsconfig.json'));

/** The longest first, so that the two lanes end together. */
const STEPS: readonly Step[] = [
  { name: 'types', command: ['tsc', '-p', 'tsconfig.json', '--noEmit', '--incremental', 'false'] },
  ...(docs
    ? [
        {
          // the first half builds what the second one needs
          name: 'generated docs, OpenAPI document',
          command: ['bash', '-c', 'node tools/bootstrap.mjs docs --check && exec node tools/openapi-lint.ts'],
        },
      ]
    : []),
  { name: 'types of the tools', command: ['tsc', '-p', 'tools/tsconfig.json'] },
  ...(ofConsole
    ? [{ name: 'types of the console', command: ['tsc', '-p', 'apps/console/tsconfig.json', '--noEmit'] }]
    : []),
  { name: 'lint', command: ['oxlint', '--deny-warnings', ...sources] },
  { name: 'dead code', command: ['knip'] },
  { name: 'format', command: ['prettier', '--check', '--log-level', 'warn', '.'] },
  { name: 'dependency rules', command: ['depcruise', '--config', '.dependency-cruiser.mjs', ...sources] },
  { name: 'bill of materials', command: ['node', 'tools/sbom.ts', '--check'] },
  {
    name: 'folder rule',
    command: ['depcruise', '--config', '.dependency-cruiser.folders.mjs', 'apps', 'libs'],
  },
  {
    name: 'shell syntax',
    command: ['bash', '-c', 'for f; do bash -n "$f" || exit 1; done', 'bash', ...shellScripts],
  },
  { name: 'licences', command: ['node', 'tools/licenses.ts'] },
  { name: 'tracked files', command: ['node', 'tools/tracked-files.ts'] },
];

function run(step: Step): Promise<Done> {
  const began = performance.now();
  const [command = '', ...args] = step.command;
  return new Promise((resolve) => {
    const output: Buffer[] = [];
    const done = (ok: boolean, more = ''): void => {
      const seconds = (performance.now() - began) / 1000;
      resolve({ step, ok, seconds, output: Buffer.concat(output).toString('utf8') + more });
    };
    const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.on('data', (part: Buffer) => output.push(part));
    child.stderr.on('data', (part: Buffer) => output.push(part));
    child.once('error', (error) => done(false, error.message));
    child.once('close', (code) => done(code === 0));
  });
}

const began = performance.now();
const waiting = [...STEPS];
const finished: Done[] = [];
const lane = async (): Promise<void> => {
  for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
    const done = await run(step);
    finished.push(done);
    if (!done.ok)
      console.log(`\n--- ${step.name}: ${step.command.slice(0, 4).join(' ')}\n${done.output.trimEnd()}`);
  }
};
await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, lane));

console.log('');
for (const step of STEPS) {
  const done = finished.find((candidate) => candidate.step === step);
  console.log(
    `${done?.ok === true ? 'ok    ' : 'FAILED'} ${(done?.seconds ?? 0).toFixed(1).padStart(6)} s  ${step.name}`,
  );
}
const failed = finished.filter(({ ok }) => !ok).length;
console.log(
  `check: ${STEPS.length - failed} ok, ${failed} failed, ${((performance.now() - began) / 1000).toFixed(1)} s`,
);
process.exitCode = failed === 0 ? 0 : 1;
