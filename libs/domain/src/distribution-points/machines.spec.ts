import { at, NOW } from '../../testing/sample-orders.js';
import { agent, joined, keysOf, pair, single, token } from '../../testing/sample-pair.js';
import { disable, enable, enrol } from './distribution-point.js';
import { inviteSecond, lastSignOf, machineOf, machinesOf, removeMachine, withKeys } from './machines.js';

const wrong = (key: string): Error => expect.objectContaining({ code: 'WRONG_STATE', key }) as Error;

describe('a second machine', () => {
  it('joins beside the first, which goes on, and waits for an administrator', () => {
    expect(joined).toMatchObject({
      state: 'enabled',
      keys: { sealingKeyId: 'one' },
      second: { state: 'pending' },
    });
    expect(enrol(joined, 'hash-2', keysOf('two'), agent, at(90))).toBeNull();
    expect(() => enrol(joined, 'hash-2', keysOf('three'), agent, NOW)).toThrow('{}');
  });

  it('is another one than the first', () => {
    expect(() => enrol(inviteSecond(single, token), 'hash-2', keysOf('one'), agent, NOW)).toThrow(
      expect.objectContaining({ key: 'dp.sameMachine' }),
    );
  });

  it('needs a first one, and is the last', () => {
    expect(() => inviteSecond({ ...single, keys: null }, token)).toThrow(wrong('dp.noMachineYet'));
    expect(() => inviteSecond(pair, token)).toThrow(wrong('dp.pairIsFull'));
  });

  it('is enabled by its fingerprint, once the DP is', () => {
    expect(pair.second?.state).toBe('enabled');
    expect(enable(pair, 'SHA256:two')).toBeNull();
    expect(() => enable({ ...joined, state: 'pending' }, 'SHA256:two')).toThrow(
      wrong('dp.secondBeforeFirst'),
    );
  });
});

describe('the machines of a DP', () => {
  it('are each as if it were the only one', () => {
    expect(machinesOf({ ...single, keys: null })).toEqual([]);
    expect(machinesOf(pair)).toMatchObject([
      { id: 'site-a', keys: { sealingKeyId: 'one' }, second: null, state: 'enabled' },
      { id: 'site-a', keys: { sealingKeyId: 'two' }, second: null, state: 'enabled', lastSeen: null },
    ]);
    expect(machineOf(pair, 'three')).toBeNull();
    expect(machineOf(pair)?.keys.sealingKeyId).toBe('one');
  });

  it('are disabled together', () => {
    expect(machinesOf(disable(pair) ?? pair).map(({ state }) => state)).toEqual(['disabled', 'disabled']);
  });

  it('give a sign of life when one of them does', () => {
    const seen = { at: at(60), address: '192.0.2.2', running: 0 };
    const second = pair.second && { ...pair.second, lastSeen: seen };
    expect(lastSignOf({ ...pair, second: second ?? null })).toEqual(at(60));
    expect(lastSignOf({ ...joined, second: second && { ...second, state: 'pending' } })).toEqual(NOW);
  });

  it('have their keys changed one by one', () => {
    expect(withKeys(pair, 'two', keysOf('new'))?.second?.keys.sealingKeyId).toBe('new');
    expect(withKeys(pair, 'one', keysOf('new'))?.keys?.sealingKeyId).toBe('new');
    expect(withKeys(pair, 'two', keysOf('two'))).toBeNull();
    expect(() => withKeys(pair, 'three', keysOf('new'))).toThrow(
      expect.objectContaining({ code: 'UNAUTHENTICATED' }),
    );
  });

  it.each([
    ['one', 'two'],
    ['two', 'one'],
  ])('keep a name each: %s cannot take the sealing key of %s', (machine, other) => {
    const taken = { ...keysOf('new'), sealingKeyId: other };
    expect(() => withKeys(pair, machine, taken)).toThrow(
      expect.objectContaining({ code: 'UNAUTHENTICATED', key: 'dp.sameMachine' }),
    );
    const kept = { ...keysOf('new'), sealingKeyId: machine };
    expect(machineOf(withKeys(pair, machine, kept) ?? pair, machine)?.keys).toEqual(kept);
  });

  it.each(['one', 'two'])('are one when %s was removed, and the other is the first', (removed) => {
    const left = removeMachine(pair, removed);
    expect(left).toMatchObject({ state: 'enabled', second: null, joinToken: null });
    expect(machinesOf(left).map(({ keys }) => keys.sealingKeyId)).toEqual([
      removed === 'one' ? 'two' : 'one',
    ]);
    expect(() => removeMachine(left, machinesOf(left)[0]?.keys.sealingKeyId ?? '')).toThrow(
      wrong('dp.lastMachine'),
    );
  });

  it('stay as enabled as they were when the other is removed', () => {
    expect(removeMachine(joined, 'one').state).toBe('pending');
    expect(removeMachine(joined, 'two').state).toBe('enabled');
  });
});
