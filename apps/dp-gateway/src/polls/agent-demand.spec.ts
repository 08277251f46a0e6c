import { demandAgent } from './agent-demand.js';

const agent = (version: string) => ({ version, os: 'linux' as const, hostname: 'dp-host' });
const nothing = { running: [] };
const known = (version: string | null) => ({ agent: { minimum: '2.0.0', version } });

describe('an agent that is asked to be newer', () => {
  it('is refused while it is too old, but for what it works on and the update it is to hear of', () => {
    expect(() => demandAgent(known('1.0.0'), nothing)).toThrow(
      expect.objectContaining({ code: 'AGENT_TOO_OLD' }),
    );
    const update = { version: '2.0.0' } as never;
    expect(demandAgent({ ...known('1.0.0'), update }, nothing)).toBe(true);
    expect(demandAgent(known('2.0.0'), nothing)).toBe(false);
    expect(demandAgent(known(null), nothing)).toBe(false);
    expect(demandAgent({}, nothing)).toBe(false);
  });

  it('is what it has said with its first poll, before the server tells of it', () => {
    const identity = known('1.0.0');
    expect(demandAgent(identity, { ...nothing, agent: agent('2.0.0') })).toBe(false);
    expect(demandAgent(identity, nothing)).toBe(false);
  });
});
