// npm run sbom: writes what the project consists of, by its lockfile and by the modules of its Windows client, as CycloneDX. `--check` writes nothing and only
// tells whether what would be written is valid and complete; it asks no registry.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';

const ROOT = dirname(import.meta.dirname);
const FILE = join(ROOT, 'dist', 'relaypoint.cdx.json');
const GO_MOD = join(ROOT, 'client', 'windows', 'go.mod');
/** Of the modules of the Windows client; one that is not here stops the document. */
const GO_LICENCES: Readonly<Record<string, string>> = { 'golang.org/x/sys': 'BSD-3-Clause' };

/** The part of a CycloneDX document that is looked at here. */
export interface Sbom {
  readonly specVersion: string;
  readonly metadata: { readonly component: { name: string; readonly version: string } };
  readonly components: readonly { readonly purl?: string; readonly 'bom-ref'?: string }[];
  readonly dependencies?: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}
/** The part of package-lock.json that is looked at here. */
export interface Lockfile {
  readonly name: string;
  /** By their folders; one that is installed under another name says its own. */
  readonly packages: Readonly<
    Record<
      string,
      {
        readonly version: string;
        readonly name?: string;
        readonly dev?: boolean;
        readonly devOptional?: boolean;
        readonly optional?: boolean;
      }
    >
  >;
}

/**
 * The modules that a go.mod requires, as components.
 *
 * @throws Error for one whose licence nobody has looked at
 */
export function goComponents(goMod: string): object[] {
  const modules = [...goMod.matchAll(/^(?:require\s+)?\t?([\w.-]+\.[\w./-]+) (v[\w.+-]+)/gm)];
  return modules.map(([, name = '', version = '']) => {
    const id = GO_LICENCES[name];
    if (id === undefined) throw new Error(`the licence of the Go module ${name} is not in tools/sbom.ts`);
    const purl = `pkg:golang/${name}@${version}`;
    return { type: 'library', 'bom-ref': purl, name, version, purl, licenses: [{ license: { id } }] };
  });
}

/**
 * The document as npm makes it from the lockfile alone, with the modules of the Windows client.
 *
 * @param part `isRunOnly`: what is run on a server, and nothing that says when it was written
 */
export function makeSbom(lockfile: Lockfile, part: { readonly isRunOnly?: boolean } = {}): Sbom {
  const args = ['sbom', '--sbom-format=cyclonedx', '--sbom-type=application', '--package-lock-only'];
  const sbom = JSON.parse(
    execFileSync('npm', args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }),
  ) as Sbom & { serialNumber?: string; metadata: { timestamp?: string } };
  // npm takes the folder's name, which is another one on every machine
  sbom.metadata.component.name = lockfile.name;
  if (part.isRunOnly) {
    delete sbom.serialNumber;
    delete sbom.metadata.timestamp;
    return ofRunPackages(sbom, lockfile);
  }
  return { ...sbom, components: [...sbom.components, ...goComponents(readFileSync(GO_MOD, 'utf8'))] };
}

/** By the lockfile's own marks: npm's `--omit` leaves out what is run as well, where another package may do without it. */
function ofRunPackages(sbom: Sbom, { packages }: Lockfile): Sbom {
  const run = new Set(
    Object.entries(packages)
      .filter(([, { dev, devOptional, optional }]) => !dev && !devOptional && !optional)
      .map(([path, { name, version }]) => `${name ?? path.split('node_modules/').at(-1)}@${version}`),
  );
  const dependencies = (sbom.dependencies ?? [])
    .filter(({ ref }) => run.has(ref))
    .map((one) => ({ ...one, dependsOn: (one.dependsOn ?? []).filter((ref) => run.has(ref)) }));
  return {
    ...sbom,
    components: sbom.components.filter((one) => run.has(one['bom-ref'] ?? '')),
    dependencies,
  };
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
