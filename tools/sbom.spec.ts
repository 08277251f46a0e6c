import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { faultsOf, type Lockfile, makeSbom, type Sbom } from './sbom.ts';

const lockfile = JSON.parse(readFileSync(join(__dirname, '..', 'package-lock.json'), 'utf8')) as Lockfile;

describe('the bill of materials', () => {
  let sbom: Sbom;
  beforeAll(() => {
    sbom = makeSbom(lockfile);
  });

  it('is valid CycloneDX, and has every package of the lockfile', async () => {
    expect(await faultsOf(sbom, lockfile)).toEqual([]);
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
