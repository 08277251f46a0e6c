import { NOW } from '../../testing/sample-orders.js';
import { agent, joined, pair, single } from '../../testing/sample-pair.js';
import type { TenantId } from '../base/ids.js';
import type { OneMachine } from '../distribution-points/machines.js';
import { opensAt, opensAtEach, type Account } from './account.js';
import { isOutdone } from './machine-abilities.js';

const account = (sealedTo: readonly string[]): Account => ({
  id: 'a' as Account['id'],
  tenant: 'acme' as TenantId,
  label: 'a',
  username: 'u',
  domain: null,
  kind: 'password',
  order: 0,
  scope: { dps: 'all' },
  sealed: sealedTo.map((keyId) => ({ recipient: single.id, keyId, blob: 'b' })),
  lastUse: null,
  failures: [],
  createdAt: NOW,
  revision: 0,
});
const heard = (): boolean => false;

describe('accounts of a pair', () => {
  it('open at the DP when one machine opens them, and have to be entered again until both do', () => {
    expect(opensAt(account(['one']), pair)).toBe(true);
    expect(opensAtEach(account(['one']), pair)).toBe(false);
    expect(opensAtEach(account(['one', 'two']), pair)).toBe(true);
    expect(opensAtEach(account(['one']), joined)).toBe(true);
  });

  it.each([
    ['neither when both open all', ['one', 'two'], []],
    ['the second when it opens fewer', ['one'], ['two']],
    ['the first when it opens fewer', ['two'], ['one']],
    ['neither when none opens anything', [], []],
  ])('keep idle %s', (_, sealedTo, idle) => {
    const accounts = [account(sealedTo)];
    expect(['one', 'two'].filter((machine) => isOutdone(pair, machine, accounts, heard))).toEqual(idle);
  });

  it('keep nobody idle who can do what the other cannot', () => {
    const second = pair.second && { ...pair.second, agent: { ...agent, localAccounts: 1 } };
    const mixed = { ...pair, second: second ?? null };
    expect(['one', 'two'].some((machine) => isOutdone(mixed, machine, [account(['one'])], heard))).toBe(
      false,
    );
  });

  it('count beside what each can install on, once both have said it', () => {
    const said = (platforms: string[]) => ({ ...agent, methods: ['ssh'], platforms });
    const idle = (first: object, second: object): string[] => {
      const other = pair.second && { ...pair.second, agent: { ...agent, ...second } };
      const both = { ...pair, agent: { ...agent, ...first }, second: other ?? null };
      return ['one', 'two'].filter((machine) => isOutdone(both, machine, [account(['one'])], heard));
    };
    expect(idle(said(['linux']), {})).toEqual(['two']);
    expect(idle(said(['linux']), said(['linux']))).toEqual(['two']);
    expect(idle(said(['linux']), said(['linux', 'windows']))).toEqual([]);
  });

  it('do not keep a machine idle whose other one is silent', () => {
    const silent = (name: string) => (machine: OneMachine) => machine.keys.sealingKeyId === name;
    expect(isOutdone(pair, 'two', [account(['one'])], silent('one'))).toBe(false);
    expect(isOutdone(pair, 'two', [account(['one'])], silent('two'))).toBe(true);
  });

  it('do not keep a machine idle whose other one is not enabled', () => {
    expect(isOutdone(joined, 'one', [account(['two'])], heard)).toBe(false);
  });
});
