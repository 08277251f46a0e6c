import { OpenPolls } from './open-polls.js';

describe('open polls', () => {
  it('are one for each DP: a second one ends the wait of the first', () => {
    const polls = new OpenPolls();
    const first = polls.open('berlin');
    const other = polls.open('hamburg');
    const second = polls.open('berlin');
    expect(first.over).toBe('superseded');
    expect(first.signal.aborted).toBe(true);
    expect(second.over).toBeNull();
    expect(other.over).toBeNull();
    polls.close(first);
    expect(polls.size).toBe(2);
    polls.close(second);
    polls.close(other);
    expect(polls.size).toBe(0);
  });

  it('look again when something changed, and go on waiting', async () => {
    const polls = new OpenPolls();
    const poll = polls.open('berlin');
    const pausing = poll.pause(60_000);
    polls.changed('berlin');
    await pausing;
    expect(poll.over).toBeNull();
    poll.lookAgain();
    expect(poll.signal.aborted).toBe(false);
    polls.changed('berlin');
    expect(poll.signal.aborted).toBe(true);
  });

  it('a change while the DP is looked at is not missed', () => {
    const polls = new OpenPolls();
    const poll = polls.open('berlin');
    poll.lookAgain();
    polls.changed('berlin');
    expect(poll.signal.aborted).toBe(true);
  });

  it('are over for good once they are over', () => {
    const polls = new OpenPolls();
    const poll = polls.open('berlin');
    poll.stopWaiting('gone');
    polls.changed('berlin');
    poll.lookAgain();
    expect(poll.over).toBe('gone');
    expect(poll.signal.aborted).toBe(true);
  });

  it('all end when the gateway stops, the later ones at once', () => {
    const polls = new OpenPolls();
    const before = polls.open('berlin');
    polls.stop();
    const after = polls.open('hamburg');
    expect([before.over, after.over]).toEqual(['stopping', 'stopping']);
  });
});
