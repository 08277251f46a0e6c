import { type Surroundings, tracesIn } from './tracked-files.ts';

const AROUND: Surroundings = {
  root: '/srv/build/here',
  home: '/var/lib/somebody',
  registries: ['npm.example.test'],
};

describe('traces of the machine a file was made on', () => {
  it.each([
    ['its folder', 'see /srv/build/here/docs', 'a path of this machine'],
    ['its user', 'HOME=/var/lib/somebody/', 'a home folder of this machine'],
    ['another user', `cd ${['', 'home', 'anna', 'src'].join('/')}`, 'somebody’s home folder'],
    ['its registry', 'registry=https://npm.example.test/npm', 'a registry of this network'],
  ])('are found: %s', (_, line, what) => {
    expect(tracesIn('a.md', `fine\n${line}\n`, AROUND)).toEqual([{ file: 'a.md', line: 2, what }]);
  });

  it('are found as download addresses in the lockfile only', () => {
    const line = '"resolved": "https://registry.npmjs.org/a/-/a-1.0.0.tgz"';
    expect(tracesIn('package-lock.json', line, AROUND)).toHaveLength(1);
    expect(tracesIn('docs/lockfile.md', line, AROUND)).toEqual([]);
  });

  it('are not found in an ordinary text', () => {
    const text = 'npm ci\nhttps://registry.npmjs.org/\n/opt/relaypoint/client\n/home is a folder\n';
    expect(tracesIn('package-lock.json', text, { ...AROUND, home: '/root' })).toEqual([]);
  });
});
