import { OpenPolls } from './open-polls.js';

describe('open polls', () => {
  it('are one for each DP: a second one ends the wait of the first', () => {
    const polls = new OpenPolls();
    const first = polls.open({ dp: 'berlin' }, 'poll-1');
    const other = polls.open({ dp: 'hamburg' }, 'poll-2');
    const second = polls.open({ dp: 'berlin' }, 'poll-3');
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

  it('wait for the claim of the one before, and know whether they are repeated or replaced', async () => {
    const polls = new OpenPolls();
    const first = polls.open({ dp: 'berlin' }, 'a');
    const claim = Promise.withResolvers<void>();
    first.claims(claim.promise);
    const repeated = polls.open({ dp: 'berlin' }, 'a');
    expect(first.isReplaced).toBe(false);
    const other = polls.open({ dp: 'hamburg' }, 'a');
    await other.before;
    let isOver = false;
    const waited = repeated.before.then(() => expect(isOver).toBe(true));
    isOver = true;
    claim.reject(new Error('no answer'));
    await waited;
    const next = polls.open({ dp: 'berlin' }, 'b');
    expect(repeated.isReplaced).toBe(true);
    await next.before;
  });

  it('look again when something changed, and go on waiting', async () => {
    const polls = new OpenPolls();
    const poll = polls.open({ dp: 'berlin' }, 'poll-4');
    const pausing = poll.pause(60_000);
    polls.changed('berlin');
    await pausing;
    expect(poll.over).toBeNull();
    poll.rearm();
    expect(poll.signal.aborted).toBe(false);
    polls.changed('berlin');
    expect(poll.signal.aborted).toBe(true);
  });

  it('a change while the DP is looked at is not missed', () => {
    const polls = new OpenPolls();
    const poll = polls.open({ dp: 'berlin' }, 'poll-5');
    poll.rearm();
    polls.changed('berlin');
    expect(poll.signal.aborted).toBe(true);
  });

  it('are over for good once they are over', () => {
    const polls = new OpenPolls();
    const poll = polls.open({ dp: 'berlin' }, 'poll-6');
    poll.stopWaiting('gone');
    polls.changed('berlin');
    poll.rearm();
    expect(poll.over).toBe('gone');
    expect(poll.signal.aborted).toBe(true);
  });

  it('all end when the gateway stops, the later ones at once', () => {
    const polls = new OpenPolls();
    const before = polls.open({ dp: 'berlin' }, 'poll-7');
    polls.stop();
    const after = polls.open({ dp: 'hamburg' }, 'poll-8');
    expect([before.over, after.over]).toEqual(['stopping', 'stopping']);
  });
});
