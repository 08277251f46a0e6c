// Lets a tool load the sources of libs/ as they are, so that it needs no build: they import each other by the names that
// the compiled files will have, and use syntax that Node does not strip. Import this first, then `await import('#domain')`.
import { existsSync, readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';

const LIBS = join(dirname(import.meta.dirname), 'libs');
const BELOW_LIBS = pathToFileURL(`${LIBS}/`).href;

registerHooks({
  resolve(specifier, context, nextResolve) {
    const own = /^#(\w+)$/.exec(specifier);
    if (own?.[1] !== undefined) {
      return { url: pathToFileURL(join(LIBS, own[1], 'src/index.ts')).href, shortCircuit: true };
    }
    if (specifier.startsWith('.') && context.parentURL?.startsWith(BELOW_LIBS)) {
      const url = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL);
      if (existsSync(fileURLToPath(url))) return { url: url.href, shortCircuit: true };
    }
    return nextResolve(specifier, context);
  },
  load(url, context, nextLoad) {
    if (!url.startsWith(BELOW_LIBS) || !url.endsWith('.ts')) return nextLoad(url, context);
    const { outputText } = ts.transpileModule(readFileSync(fileURLToPath(url), 'utf8'), {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
    });
    return { format: 'module', source: outputText, shortCircuit: true };
  },
});
