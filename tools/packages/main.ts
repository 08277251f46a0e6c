// npm run packages: what npm test does first, on its own. As root it installs the Debian packages of
// tools/debian-packages.txt, else it unpacks those that an ordinary user can use, into .artifacts.
import { dirname, join } from 'node:path';
import { packagesFor } from './list.ts';
import { providePackages } from './provide.ts';

const ROOT = dirname(dirname(import.meta.dirname));

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort());

const uses = process.getuid?.() === 0 ? (['start', 'test', 'root'] as const) : (['start', 'test'] as const);
const provided = await providePackages(packagesFor(...uses), {
  folder: join(ROOT, '.artifacts', 'packages'),
  say: (line) => console.log(line),
  signal: stopping.signal,
});
if ('passed' in provided) console.error(provided.passed);
else if (provided.unavailable.length > 0)
  console.error(`not to be had from this system's package sources: ${provided.unavailable.join(', ')}`);
process.exitCode = 'passed' in provided || provided.unavailable.length > 0 ? 1 : 0;
