import { sightingsMessage } from '#contract';
import { Sightings } from './sightings.js';

const AT = '2026-11-23T10:00:00.000Z';
const LATER = '2026-11-23T10:00:01.000Z';
const agent = { version: '1.0.0', os: 'Debian 12', hostname: 'dp-berlin' };

describe('sightings of DPs', () => {
  it('are one for each DP, the newest, in a message that keeps the contract', () => {
    const sightings = new Sightings();
    sightings.note('berlin', AT, '192.0.2.1', 0);
    sightings.note('hamburg', AT, '192.0.2.2', 3);
    sightings.note('berlin', LATER, '192.0.2.1', 1);
    const [message, ...more] = sightings.takeMessages();
    expect(more).toEqual([]);
    expect(sightingsMessage.parse(message).sightings).toEqual([
      { dp: 'berlin', at: LATER, address: '192.0.2.1', running: 1 },
      { dp: 'hamburg', at: AT, address: '192.0.2.2', running: 3 },
    ]);
    expect(sightings.takeMessages()).toEqual([]);
  });

  it('keep what the DP said of its agent, although it says so only once', () => {
    const sightings = new Sightings();
    sightings.note('berlin', AT, '192.0.2.1', 0, agent);
    sightings.note('berlin', LATER, '192.0.2.1', 0);
    const [message] = sightings.takeMessages();
    expect(message?.sightings).toEqual([
      { dp: 'berlin', at: LATER, address: '192.0.2.1', running: 0, agent },
    ]);
  });

  it('that could not be sent are sent the next time, unless the DP was seen since', () => {
    const sightings = new Sightings();
    sightings.note('berlin', AT, '192.0.2.1', 0, agent);
    sightings.note('hamburg', AT, '192.0.2.2', 0);
    const [failed] = sightings.takeMessages();
    sightings.note('berlin', LATER, '192.0.2.9', 2);
    sightings.putBack(failed!);
    const [message] = sightings.takeMessages();
    expect(message?.sightings).toEqual([
      { dp: 'berlin', at: LATER, address: '192.0.2.9', running: 2, agent },
      { dp: 'hamburg', at: AT, address: '192.0.2.2', running: 0 },
    ]);
  });

  it('go out in messages of at most 10,000', () => {
    const sightings = new Sightings();
    for (let i = 0; i < 10_001; i += 1) sightings.note(`dp-${i}`, AT, '192.0.2.1', 0);
    const messages = sightings.takeMessages();
    expect(messages.map((m) => m.sightings.length)).toEqual([10_000, 1]);
    for (const message of messages) sightingsMessage.parse(message);
  });
});
