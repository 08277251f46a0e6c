import { fleetOptions, HELP } from './options.ts';

const WHERE = ['--server', 'http://server.test/', '--token', 'rlp_x'];

describe('what a fleet is asked for', () => {
  it('has an answer for everything that is left out', () => {
    expect(fleetOptions(WHERE, '/nowhere')).toMatchObject({
      server: 'http://server.test',
      dps: 2,
      computers: 200,
      fail: 0,
      failCodes: ['INSTALLER_FAILED'],
    });
    expect(fleetOptions(['--help'], '/nowhere')).toBe('help');
    for (const name of ['fail', 'silent', 'restarts', 'capacity']) expect(HELP).toContain(`--${name}`);
  });

  it('takes failures by code, in turn', () => {
    const asked = fleetOptions(
      [...WHERE, '--fail', '30', '--fail-code', 'DISK_FULL,PATH_DENIED'],
      '/nowhere',
    );
    expect(asked).toMatchObject({ fail: 30, failCodes: ['DISK_FULL', 'PATH_DENIED'] });
  });

  it('names every fault at once', () => {
    const asked = ['--fail', '130', '--dps', 'many', '--prefix', 'Nord 1'];
    expect(() => fleetOptions(asked, '/nowhere')).toThrow(
      /--dps must be[\s\S]*--fail must be 0 to 100[\s\S]*--prefix[\s\S]*--server and --token/,
    );
  });
});
