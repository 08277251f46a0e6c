// npm run licenses: whether every package of the lockfile, for whatever platform, is under a licence that goes with
// Apache-2.0. What the lockfile says is what npm read in each package.json.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import satisfies from 'spdx-satisfies';

/** A package of package-lock.json. */
export interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
}

/** Permissive: they may be part of what is handed on under Apache-2.0, with their notices. */
const ALLOWED = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Python-2.0',
  'Unlicense',
  'Zlib',
];

/** Tools that run here and are handed on to nobody, neither as packages nor in the console's bundle. */
const TOOLS_ONLY: Readonly<Record<string, string>> = {
  'axe-core': 'MPL-2.0',
  '@axe-core/playwright': 'MPL-2.0',
  lightningcss: 'MPL-2.0',
  'caniuse-lite': 'CC-BY-4.0',
  'spdx-exceptions': 'CC-BY-3.0',
  'spdx-ranges': '(MIT AND CC-BY-3.0)',
};

/** They name their licence in a form of package.json that npm no longer reads; it was read in the package. */
const READ_BY_HAND: Readonly<Record<string, string>> = {
  reserved: 'MIT',
  ssh2: 'MIT',
  'cpu-features': 'MIT',
  buildcheck: 'MIT',
};

/** `licence: name@version, …` for each licence that is not allowed, and each exception that nothing needs any more. */
export function faultsOf(packages: Readonly<Record<string, LockedPackage>>): string[] {
  const faults = new Map<string, string[]>();
  const unused = new Set([...Object.keys(TOOLS_ONLY), ...Object.keys(READ_BY_HAND)]);
  for (const [path, entry] of Object.entries(packages)) {
    if (path === '') continue; // this project
    const name = path.replace(/^.*node_modules\//, '');
    const exception = name.startsWith('lightningcss-') ? 'lightningcss' : name; // its builds for each platform
    const license = entry.license ?? READ_BY_HAND[name];
    if (entry.license === undefined) unused.delete(name);
    if (license !== undefined && isAllowed(license)) continue;
    if (entry.dev === true && license !== undefined && TOOLS_ONLY[exception] === license) {
      unused.delete(exception);
      continue;
    }
    const key = license ?? 'no licence';
    faults.set(key, [...(faults.get(key) ?? []), `${name}@${entry.version ?? '?'}`]);
  }
  return [
    ...Array.from(faults, ([license, names]) => `${license}: ${names.join(', ')}`),
    ...Array.from(unused, (name) => `an exception that is not needed: ${name}`),
  ];
}

/** Whether an SPDX expression leaves a choice that is allowed; what is no such expression is not. */
function isAllowed(license: string): boolean {
  try {
    return satisfies(license, ALLOWED);
  } catch {
    return false;
  }
}

if (import.meta.main) {
  const lockfile = join(dirname(import.meta.dirname), 'package-lock.json');
  const { packages } = JSON.parse(readFileSync(lockfile, 'utf8')) as {
    packages: Record<string, LockedPackage>;
  };
  const faults = faultsOf(packages);
  for (const fault of faults) console.error(fault);
  console.log(
    faults.length === 0
      ? `${Object.keys(packages).length - 1} packages, all under licences of the list in tools/licenses.ts`
      : 'these do not go with Apache-2.0, or nobody has looked: see the lists in tools/licenses.ts',
  );
  process.exitCode = faults.length === 0 ? 0 : 1;
}
