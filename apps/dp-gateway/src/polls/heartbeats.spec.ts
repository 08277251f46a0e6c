import { sightingsMessage, type AgentInfo } from '#contract';
import { Heartbeats, type Seen } from './heartbeats.js';

const AT = '2026-11-23T10:00:00.000Z';
const LATER = '2026-11-23T10:00:01.000Z';
/** Seconds. */
const POLL_INTERVAL = 60;
const agent = { version: '1.0.0', os: 'Debian 12', hostname: 'dp-berlin' };

const seen = (dp: string, address: string, running: number, said?: AgentInfo): Seen => ({
  dp,
  address,
  running,
  agent: said,
  pollInterval: POLL_INTERVAL,
});

describe('sightings of DPs', () => {
  it('are one for each DP, the newest, in a message that keeps the contract', () => {
    const sightings = new Heartbeats();
    sightings.note(seen('berlin', '192.0.2.1', 0), AT, 0);
    sightings.note(seen('hamburg', '192.0.2.2', 3), AT, 0);
    sightings.note(seen('berlin', '192.0.2.1', 1), LATER, 1000);
    const [message, ...more] = sightings.takeMessages(1_000);
    expect(more).toEqual([]);
    expect(sightingsMessage.parse(message).sightings).toEqual([
      { dp: 'berlin', at: LATER, address: '192.0.2.1', running: 1 },
      { dp: 'hamburg', at: AT, address: '192.0.2.2', running: 3 },
    ]);
    expect(sightings.takeMessages(1_000)).toEqual([]);
  });

  it('keep what the DP said of its agent, although it says so only once', () => {
    const sightings = new Heartbeats();
    sightings.note(seen('berlin', '192.0.2.1', 0, agent), AT, 0);
    sightings.note(seen('berlin', '192.0.2.1', 0), LATER, 1000);
    const [message] = sightings.takeMessages(1_000);
    expect(message?.sightings).toEqual([
      { dp: 'berlin', at: LATER, address: '192.0.2.1', running: 0, agent },
    ]);
  });

  it('that could not be sent are sent the next time, unless the DP was seen since', () => {
    const sightings = new Heartbeats();
    sightings.note(seen('berlin', '192.0.2.1', 0, agent), AT, 0);
    sightings.note(seen('hamburg', '192.0.2.2', 0), AT, 0);
    const [failed] = sightings.takeMessages(1_000);
    sightings.note(seen('berlin', '192.0.2.9', 2), LATER, 1000);
    sightings.putBack(failed!);
    const [message] = sightings.takeMessages(1_000);
    expect(message?.sightings).toEqual([
      { dp: 'berlin', at: LATER, address: '192.0.2.9', running: 2, agent },
      { dp: 'hamburg', at: AT, address: '192.0.2.2', running: 0 },
    ]);
  });

  it('go out in messages of at most 10,000', () => {
    const sightings = new Heartbeats();
    for (let i = 0; i < 10_001; i += 1) sightings.note(seen(`dp-${i}`, '192.0.2.1', 0), AT, 0);
    const messages = sightings.takeMessages(1_000);
    expect(messages.map((m) => m.sightings.length)).toEqual([10_000, 1]);
    for (const message of messages) sightingsMessage.parse(message);
  });

  /** Seconds in which the server is told of a DP that is seen in each of these. */
  const toldAt = (seconds: number, pollInterval: number, chance = 0): number[] => {
    const sightings = new Heartbeats(() => chance);
    return Array.from({ length: seconds }, (_, second) => second).filter((second) => {
      sightings.note({ ...seen('berlin', '192.0.2.1', 0), pollInterval }, AT, second * 1000);
      return sightings.takeMessages(second * 1000).length > 0;
    });
  };

  it('of a DP about which nothing changed are told once a minute, or somewhat more often', () => {
    expect(toldAt(181, 300)).toEqual([0, 60, 120, 180]);
    expect(toldAt(93, 300, 0.999)).toEqual([0, 46, 92]);
  });

  it('are told as often as the DP has to ask, so that it never looks overdue', () => {
    expect(toldAt(13, 5)).toEqual([0, 5, 10]);
  });

  it('say when a DP asked last, although it has stopped since', () => {
    const sightings = new Heartbeats(() => 0);
    sightings.note(seen('berlin', '192.0.2.1', 0), AT, 0);
    sightings.takeMessages(0);
    sightings.note(seen('berlin', '192.0.2.1', 2), LATER, 1_000);
    expect(sightings.takeMessages(59_999)).toEqual([]);
    expect(sightings.takeMessages(60_000)).toMatchObject([
      { sightings: [{ dp: 'berlin', at: LATER, running: 2 }] },
    ]);
    expect(sightings.takeMessages(999_999)).toEqual([]);
  });

  it('are told all when the gateway stops, due or not', () => {
    const sightings = new Heartbeats();
    sightings.note(seen('berlin', '192.0.2.1', 0), AT, 0);
    sightings.takeMessages(0);
    sightings.note(seen('berlin', '192.0.2.1', 0), LATER, 1_000);
    expect(sightings.takeMessages(Infinity)).toMatchObject([{ sightings: [{ at: LATER }] }]);
  });

  it('are told at once when the DP comes from elsewhere, but not for every order it works on', () => {
    const sightings = new Heartbeats();
    const news = (one: Seen): number | undefined => {
      sightings.note(one, AT, 0);
      return sightings.takeMessages(0)[0]?.sightings.length;
    };
    expect(news(seen('berlin', '192.0.2.1', 0))).toBe(1);
    expect(news(seen('berlin', '192.0.2.1', 1))).toBeUndefined();
    expect(news(seen('berlin', '192.0.2.2', 1))).toBe(1);
    expect(news(seen('berlin', '192.0.2.2', 2))).toBeUndefined();
    expect(news(seen('berlin', '192.0.2.1', 2))).toBe(1);
  });

  it('tell of an agent that is the same as before only once', () => {
    const sightings = new Heartbeats();
    const told = (said: AgentInfo): AgentInfo | undefined => {
      sightings.note(seen('berlin', '192.0.2.1', 0, said), AT, 0);
      return sightings.takeMessages(0)[0]?.sightings[0]?.agent;
    };
    expect(told(agent)).toEqual(agent);
    expect(told({ ...agent })).toBeUndefined();
    expect(told({ ...agent, version: '1.0.1' })).toEqual({ ...agent, version: '1.0.1' });
  });
});
