import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { faultsOf, goComponents, type Lockfile, makeSbom, type Sbom } from './sbom.ts';

const lockfile = JSON.parse(readFileSync(join(__dirname, '..', 'package-lock.json'), 'utf8')) as Lockfile;

describe('the bill of materials', () => {
  let sbom: Sbom;
  beforeAll(() => {
    sbom = makeSbom(lockfile);
  });

  it('is valid CycloneDX, and has every package of the lockfile', async () => {
    expect(await faultsOf(sbom, lockfile)).toEqual([]);
  });

  it('of what is run has every package of the lockfile that is run, and no other', async () => {
    const isRun = ([path, { dev, devOptional, optional }]: [string, Lockfile['packages'][string]]): boolean =>
      path === '' || (!dev && !devOptional && !optional);
    const packages = Object.fromEntries(Object.entries(lockfile.packages).filter((one) => isRun(one)));
    const ofRun = makeSbom(lockfile, { isRunOnly: true });
    expect(await faultsOf(ofRun, { ...lockfile, packages })).toEqual([]);
    const purls = ofRun.components.map(({ purl = '' }) => purl);
    expect(purls.filter((purl) => /npm\/(?:jest|vite|oxlint)@/.test(purl))).toEqual([]);
    expect(purls.some((purl) => purl.startsWith('pkg:npm/amqplib@'))).toBe(true);
  });

  it('has the modules of the Windows client, and none whose licence nobody knows', () => {
    const purls = sbom.components.flatMap(({ purl }) => purl ?? []);
    expect(purls.filter((purl) => purl.startsWith('pkg:golang/'))).toEqual([
      expect.stringMatching(/^pkg:golang\/golang\.org\/x\/sys@v\d/),
    ]);
    const several =
      'module m\n\ngo 1.26.0\n\nrequire (\n\tgolang.org/x/sys v0.50.0\n\texample.org/other v1.0.0 // indirect\n)\n';
    expect(() => goComponents(several)).toThrow('example.org/other');
  });

  it('is named after the project, wherever its folder is', () => {
    const { name, version } = sbom.metadata.component;
    expect({ name, version }).toEqual({ name: lockfile.name, version: lockfile.packages['']?.version });
  });

  it('is refused when it breaks the schema, or lacks a package', async () => {
    const misspelt = { ...sbom, components: [...sbom.components, { naem: 'another' } as object] };
    expect(await faultsOf(misspelt, lockfile)).toEqual([expect.stringContaining('it is not valid')]);
    const [, ...others] = sbom.components;
    expect(await faultsOf({ ...sbom, components: others }, lockfile)).toEqual([
      expect.stringContaining('it lacks pkg:npm/'),
    ]);
  });
});
