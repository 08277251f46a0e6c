import { demandNewEnough } from './agent-versions.js';

const counting = (agentVersion: string, minimumAgentVersion: string) => ({
  agentVersion,
  minimumAgentVersion,
});

describe('the version that agents bring themselves to', () => {
  it.each(['agentVersion', 'minimumAgentVersion'])(
    'is none that would get no orders, whichever of the two is changed: %s',
    (path) => {
      expect(() => demandNewEnough({ [path]: 'x' }, counting('1.9.0', '1.10.0'))).toThrow(
        expect.objectContaining({ faults: [expect.objectContaining({ path, code: 'too-old' })] }),
      );
    },
  );

  it.each([
    ['1.10.0', '1.10.0'],
    ['1.0.0', 'none'],
    ['none', '2.0.0'],
    ['newest', '2.0.0'],
  ])('may be %s where %s is asked for', (version, minimum) => {
    expect(() => demandNewEnough({ agentVersion: version }, counting(version, minimum))).not.toThrow();
  });

  it('is not looked at where something else is changed', () => {
    expect(() => demandNewEnough({}, counting('1.0.0', '2.0.0'))).not.toThrow();
  });
});
