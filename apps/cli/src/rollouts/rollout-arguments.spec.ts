import { readRollout } from './rollout-arguments.js';

const read = (line: string) => readRollout(line.split(' '));

describe('the command line of a rollout', () => {
  it('says whom it takes and how it goes in the words of the API', () => {
    const line =
      'start Holidays --folder unregistered --dp north --release 2.0 --wave 5 --wave 10% --wave dp=a,b --person ' +
      '--proof 95 --settle 0 --per-minute 20 --stop-share 5 --stop-minimum 20 --stop-action abort ' +
      '--deadline 2026-03-01T20:00:00Z --priority=-3 --wait';
    expect(read(line)).toMatchObject({
      kind: 'start',
      name: 'Holidays',
      wait: true,
      selection: {
        filter: { folder: 'unregistered', dp: 'north' },
        body: {
          release: '2.0',
          waves: [
            { count: 5, gate: 'person' },
            { percent: 10, gate: 'person' },
            { dps: ['a', 'b'], gate: 'person' },
          ],
          deadline: '2026-03-01T20:00:00.000Z',
        },
      },
      body: {
        proof: { share: 95, settle: 0 },
        pace: { perMinute: 20 },
        stops: [{ share: 5, minimum: 20, action: 'abort' }],
        priority: -3,
      },
    });
  });

  it('does not let a rollout grow that installs again', () => {
    const line = 'start New --folder registered --growing';
    expect(read(line)).toMatchObject({ body: { growing: true } });
    expect(() => read(`${line} --reinstall`)).toThrow('--growing does not go with --reinstall');
  });

  it('counts waves from 1, as the console does', () => {
    expect(read('skip R --wave 2')).toMatchObject({ whom: { wave: 1 } });
    expect(read('move R --wave 1 --computer PC-1 --computer PC-2')).toMatchObject({
      computers: ['PC-1', 'PC-2'],
      wave: 0,
    });
  });

  it('plans with the times at which it would begin and end', () =>
    expect(read('plan --dp a --start-at 2026-03-01T20:00:00Z --deadline 2026-03-02T05:00:00Z')).toMatchObject(
      {
        selection: { body: { startAt: '2026-03-01T20:00:00.000Z', deadline: '2026-03-02T05:00:00.000Z' } },
      },
    ));

  it('gives the help to who asks for it', () => expect(read('start --help')).toBeNull());

  it.each([
    ['', 'a command is missing'],
    ['begin R', 'no command "begin"'],
    ['show', 'needs a rollout'],
    ['start X', 'which computers?'],
    ['start X --dp a --dp b', 'one of them only'],
    ['start X --computer A --dp a', '--computer goes with nothing else'],
    ['plan --dp a --person', '--person needs --wave'],
    ['start X --dp a --wave few', 'not like 5, 10%'],
    ['start X --dp a --person', '--person needs --wave'],
    ['start X --dp a --stop-minimum 5', 'need --stop-share'],
    ['start X --dp a --settle soon', 'a whole number'],
    ['start X --dp a --deadline tomorrow', 'a time like'],
    ['skip R', 'skip needs one of'],
    ['skip R --wave 1 --dp a', 'skip needs one of'],
    ['skip R --wave 0', 'from 1'],
    ['move R --wave 1', '--computer'],
    ['shift R', '--start-at TIME, or --now'],
    ['list --in asleep', 'one of scheduled'],
    ['pause R now', '"now" is too much'],
  ])('refuses "%s"', (line, why) => {
    expect(() => readRollout(line === '' ? [] : line.split(' '))).toThrow(why);
  });
});
