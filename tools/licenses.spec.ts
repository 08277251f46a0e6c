import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { faultsOf, type LockedPackage } from './licenses.ts';

const { packages } = JSON.parse(readFileSync(join(__dirname, '..', 'package-lock.json'), 'utf8')) as {
  packages: Record<string, LockedPackage>;
};
/** What is wrong when one package is added to those that are there. */
const withOne = (name: string, entry: LockedPackage): string[] =>
  faultsOf({ ...packages, [`node_modules/a/node_modules/${name}`]: { version: '1.0.0', ...entry } });

describe('the licences of the packages', () => {
  it('all go with ours', () => {
    expect(faultsOf(packages)).toEqual([]);
  });

  it.each(['MIT', '(GPL-3.0-only OR MIT)', '(MIT AND Zlib)', 'Apache-2.0 AND MIT'])(
    'may be %s',
    (license) => {
      expect(withOne('another', { license })).toEqual([]);
    },
  );

  it.each([
    'GPL-3.0-only',
    'AGPL-3.0-or-later',
    'MIT AND GPL-2.0-only',
    'SEE LICENSE IN LICENSE',
    'UNLICENSED',
  ])('may not be %s', (license) => {
    expect(withOne('another', { license })).toEqual([`${license}: another@1.0.0`]);
    expect(withOne('another', { license, dev: true })).toEqual([`${license}: another@1.0.0`]);
  });

  it('may not be left out', () => {
    expect(withOne('@scope/another', {})).toEqual(['no licence: @scope/another@1.0.0']);
  });

  it('have exceptions for tools, not for what is handed on, nor for another licence', () => {
    expect(withOne('lightningcss', { license: 'MPL-2.0', dev: true })).toEqual([]);
    expect(withOne('lightningcss', { license: 'MPL-2.0' })).toEqual(['MPL-2.0: lightningcss@1.0.0']);
    expect(withOne('lightningcss', { license: 'GPL-3.0-only', dev: true })).toHaveLength(1);
  });

  it('have no exception that nothing needs', () => {
    const { 'node_modules/ssh2': _gone, ...others } = packages;
    expect(faultsOf(others)).toEqual(['an exception that is not needed: ssh2']);
  });
});
