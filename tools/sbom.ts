// npm run sbom: writes what the project consists of, by its lockfile, as CycloneDX. `--check` writes nothing and only
// tells whether what would be written is valid and complete; it asks no registry.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';

const ROOT = dirname(import.meta.dirname);
const FILE = join(ROOT, 'dist', 'relaypoint.cdx.json');

/** The part of a CycloneDX document that is looked at here. */
export interface Sbom {
  readonly specVersion: string;
  readonly metadata: { readonly component: { name: string; readonly version: string } };
  readonly components: readonly { readonly purl?: string }[];
}
/** The part of package-lock.json that is looked at here. */
export interface Lockfile {
  readonly name: string;
  /** By their folders; one that is installed under another name says its own. */
  readonly packages: Readonly<Record<string, { readonly version: string; readonly name?: string }>>;
}

/** The document as npm makes it from the lockfile alone. */
export function makeSbom(lockfile: Lockfile): Sbom {
  const args = ['sbom', '--sbom-format=cyclonedx', '--sbom-type=application', '--package-lock-only'];
  const sbom = JSON.parse(
    execFileSync('npm', args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }),
  ) as Sbom;
  // npm takes the folder's name, which is another one on every machine
  sbom.metadata.component.name = lockfile.name;
  return sbom;
}

/** What is wrong with a document: by the schema of its version of CycloneDX, and packages of the lockfile that it lacks. */
export async function faultsOf(sbom: Sbom, { packages }: Lockfile): Promise<string[]> {
  const validator = new Validation.JsonStrictValidator(sbom.specVersion as Spec.Version);
  const invalid = await validator.validate(JSON.stringify(sbom));
  const there = new Set(sbom.components.map(({ purl = '' }) => decodeURIComponent(purl.split('?')[0] ?? '')));
  const wanted = Object.entries(packages)
    .filter(([path]) => path !== '')
    .map(([path, { version, name = path.replace(/^.*node_modules\//, '') }]) => `pkg:npm/${name}@${version}`);
  return [
    ...(invalid === null ? [] : [`it is not valid: ${JSON.stringify(invalid)}`]),
    ...new Set(wanted.filter((purl) => !there.has(purl)).map((purl) => `it lacks ${purl}`)),
  ];
}

async function main(): Promise<void> {
  const lockfile = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as Lockfile;
  const sbom = makeSbom(lockfile);
  const faults = await faultsOf(sbom, lockfile);
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
  else if (process.argv.includes('--check')) {
    console.log(`CycloneDX ${sbom.specVersion}, valid, with ${sbom.components.length} components`);
  } else {
    mkdirSync(dirname(FILE), { recursive: true });
    writeFileSync(FILE, `${JSON.stringify(sbom, null, 2)}\n`);
    console.log(
      `${relative(ROOT, FILE)}: CycloneDX ${sbom.specVersion}, ${sbom.components.length} components`,
    );
  }
}

if (import.meta.main) void main();
