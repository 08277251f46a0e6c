import type { WireRelease } from '#contract';
import { orderFor } from '../../testing/agent.js';
import { TestGateway } from '../../testing/gateway.js';
import { StepFailed } from '../failures/failure.js';
import {
  compareVersions,
  fittingFile,
  isNamed,
  type HostFacts,
  parseRunState,
  platformsOf,
} from './host-facts.js';

const gateway = new TestGateway();
beforeAll(() => gateway.start());
afterAll(() => gateway.stop());

const seen: HostFacts = {
  os: 'Linux',
  arch: 'x86_64',
  hostname: 'pc',
  bootId: 'b',
  clientVersion: '',
  freeKiB: 1,
  runs: new Map(),
};
const install = { install: './install.sh', args: [], successCodes: [0], restartCodes: [] };
const file = (platform: string) => ({ platform, name: platform, url: '/x', size: 1, sha256: 'a'.repeat(64) });
const release = (...platforms: string[]): WireRelease => ({
  version: '1',
  files: platforms.map(file),
  platforms: Object.fromEntries(platforms.map((platform) => [platform, install])),
});

describe('what fits a computer', () => {
  it.each([
    ['Linux', 'x86_64', ['linux-x64', 'linux']],
    ['Linux', 'aarch64', ['linux-arm64', 'linux']],
    ['Darwin', 'arm64', ['darwin-arm64', 'darwin']],
    ['FreeBSD', 'riscv64', ['freebsd-riscv64', 'freebsd']],
  ])('on %s %s is a file for %p', (os, arch, names) => {
    expect(platformsOf({ os, arch })).toEqual(names);
  });

  it('is the file for its processor before the one for any', () => {
    expect(fittingFile(release('linux', 'linux-x64'), seen).file.platform).toBe('linux-x64');
    expect(fittingFile(release('linux', 'linux-arm64'), seen).file.platform).toBe('linux');
  });

  it('is nothing when the release is for others, or when its file is missing', () => {
    const codeOf = (given: WireRelease) => {
      try {
        fittingFile(given, seen);
        return 'fits';
      } catch (error) {
        return error instanceof StepFailed ? error.code : error;
      }
    };
    expect(codeOf(release('windows-x64'))).toBe('PLATFORM_UNSUPPORTED');
    expect(codeOf({ ...release('linux'), files: [] })).toBe('RELEASE_UNAVAILABLE');
    expect(codeOf(release('linux'))).toBe('fits');
  });
});

describe('the name of a computer', () => {
  it.each([
    ['PC-01', null, 'pc-01', true],
    ['PC-01', null, 'pc-01.corp.test', true],
    ['PC-01', null, 'pc-02', false],
    ['PC-01', 'web.corp.test', 'web', true],
    ['ACCOUNTING-WORK', null, 'accounting-workstation-7', true],
    ['ACCOUNTING', null, 'accounting-workstation-7', false],
    ['PC-01', null, '', false],
  ])('%s (%s) is what calls itself %p: %p', (name, fqdn, hostname, same) => {
    expect(isNamed(orderFor(gateway, { computer: { name, fqdn, address: null } }), hostname)).toBe(same);
  });
});

describe('versions', () => {
  it.each([
    ['1.2.3', '1.2.3', 0],
    ['1.10.0', '1.9.9', 1],
    ['1.2', '1.2.0', 0],
    ['2', '1.99', 1],
    ['1.0.0-rc.1', '1.0.0', -1],
    ['1.0.0-rc.2', '1.0.0-rc.10', -1],
    ['1.0.0+build7', '1.0.0', 0],
    ['1.a', '1.b', -1],
  ])('%s against %s is %i', (a, b, order) => {
    expect(compareVersions(a, b)).toBe(order);
    expect(compareVersions(b, a)).toBe(order === 0 ? 0 : -order);
  });
});

it.each([
  ['ended 194', { is: 'ended', code: 194 }],
  ['running', { is: 'running' }],
  ['dead', { is: 'dead' }],
  ['sudo: something else', null],
])('a run that is %p is understood', (text, state) => {
  expect(parseRunState(text)).toEqual(state);
});
