import { wantedAgent } from './agent-version.js';

describe('the version that an agent is to bring itself to', () => {
  const offered = ['0.4.0', '0.3.0'];

  it('is none unless somebody wants one', () => {
    expect(wantedAgent('none', offered)).toBeNull();
    expect(wantedAgent('newest', [])).toBeNull();
  });

  it('is the newest that is offered, which never leads back', () => {
    expect(wantedAgent('newest', offered)).toEqual({ version: '0.4.0', downgrade: false });
  });

  it('is the one that is named, also when it is older', () => {
    expect(wantedAgent('0.3.0', offered)).toEqual({ version: '0.3.0', downgrade: true });
  });
});
