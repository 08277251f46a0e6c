// Lints the OpenAPI document as the built server prints it, with Spectral (.spectral.yaml) and Redocly (redocly.yaml).
// Needs dist/. Neither linter asks for anything from outside.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { servedDocument } from './console-types.ts';

const ROOT = dirname(import.meta.dirname);
const DOCUMENT = join(ROOT, '.artifacts', 'openapi.json');
const LINTERS = [
  ['spectral', 'lint', '--ruleset', '.spectral.yaml', '--fail-severity', 'warn', DOCUMENT],
  ['redocly', 'lint', '--config', 'redocly.yaml', DOCUMENT],
] as const;

mkdirSync(dirname(DOCUMENT), { recursive: true });
writeFileSync(DOCUMENT, JSON.stringify(servedDocument(), null, 2));
for (const [linter, ...args] of LINTERS) {
  const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
  const { status } = spawnSync(linter, args, { cwd: ROOT, stdio: 'inherit', env });
  if (status !== 0) process.exitCode = 1;
}
