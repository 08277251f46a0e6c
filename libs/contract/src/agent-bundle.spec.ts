import {
  agentBundleText,
  compareAgentVersions,
  isTooOld,
  parseAgentBundle,
  signedAgentBundleText,
  splitAgentBundle,
} from './agent-bundle.js';

const bundle = {
  version: '0.3.0',
  files: [
    {
      arch: 'x64',
      kind: 'tar',
      name: 'relaypoint-dp-0.3.0-linux-x64.tar.gz',
      size: 17,
      sha256: 'a'.repeat(64),
    },
    { arch: 'arm64', kind: 'deb', name: 'relaypoint-dp_0.3.0_arm64.deb', size: 4, sha256: 'b'.repeat(64) },
  ],
} as const;
const body = agentBundleText(bundle);
const signed = { body, key: 'k'.repeat(43), signature: 's'.repeat(86) };

describe('the manifest of an agent', () => {
  it('says the same after it was written, signed, taken apart and read', () => {
    expect(splitAgentBundle(signedAgentBundleText(signed))).toEqual(signed);
    expect(parseAgentBundle(body)).toEqual(bundle);
  });

  it.each([
    ['a page', '<html>Log in</html>'],
    ['nothing', ''],
    ['one without an end', body],
    ['one of another form', signedAgentBundleText(signed).replace('bundle 1', 'bundle 2')],
    ['one with something behind it', `${signedAgentBundleText(signed)}\nfile`],
  ])('is not taken for one: %s', (_, text) => {
    expect(splitAgentBundle(text)).toBeNull();
  });

  it.each([
    ['a path for a name', body.replace('relaypoint-dp_0.3.0', '../relaypoint')],
    ['a version that is a path', body.replace('version 0.3.0', 'version ../0.3.0')],
    ['an unknown kind', body.replace(' deb ', ' exe ')],
    ['a short digest', body.replace('b'.repeat(64), 'b')],
  ])('is not read with %s', (_, text) => {
    expect(parseAgentBundle(text)).toBeNull();
  });

  it('comes in versions that are in order by their numbers, with what is tried out before a version below it', () => {
    const versions = ['0.10.0', '0.9.0', '0.10.0-rc.10', '0.10.0-rc.2', '1.0.0'];
    expect(versions.toSorted(compareAgentVersions)).toEqual([
      '0.9.0',
      '0.10.0-rc.2',
      '0.10.0-rc.10',
      '0.10.0',
      '1.0.0',
    ]);
  });
});

describe('an agent that is too old', () => {
  it.each([
    ['0.2.0', '0.3.0', true],
    ['0.3.0-rc.1', '0.3.0', true],
    ['0.3.0', '0.3.0', false],
    ['0.10.0', '0.9.0', false],
    [null, '0.3.0', false],
  ])('%s where %s is asked for: %p', (version, minimum, answer) => {
    expect(isTooOld(version, minimum)).toBe(answer);
  });
});
