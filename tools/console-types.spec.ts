/** Asks the built server: @needs build */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..');

function written(): string {
  return readFileSync(join(ROOT, 'apps/console/src/api-schema.d.ts'), 'utf8');
}

function served(): string {
  // openapi-typescript is an ES module, which the test runner does not load
  const program = `
    import { consoleTypes, servedDocument } from ${JSON.stringify(join(ROOT, 'tools/console-types.ts'))};
    import { format, resolveConfig } from 'prettier';
    const config = await resolveConfig(${JSON.stringify(join(ROOT, 'README.md'))});
    process.stdout.write(await format(await consoleTypes(servedDocument()), { ...config, parser: 'typescript' }));
  `;
  return execFileSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
}

describe("the console's types of the admin API", () => {
  it('are those of the document that the built server serves; npm run docs writes them', () => {
    expect(written().split('\n')).toEqual(served().split('\n'));
  }, 180_000);
});
