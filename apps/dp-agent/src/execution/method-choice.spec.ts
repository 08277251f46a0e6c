import type { CommandMethod } from '../methods/command/command-method.js';
import type { Method } from '../computer/method.js';
import { methodsFor } from './method-choice.js';

type Kind = Method['kind'] | CommandMethod['kind'];

function chosen(mine: Kind[], os: string | null | undefined, kinds = ['ssh', 'smb', 'command', 'local']) {
  const computer = { name: 'PC-1', fqdn: null, address: null, os };
  const method = { kinds, port: 22, hostKey: { policy: 'pin' as const, known: null } };
  // only their kinds are looked at
  const methods = mine.map((kind) => ({ kind })) as Method[];
  return methodsFor({ method, computer }, methods).map((one) => one?.kind ?? null);
}

describe('an order is worked on by', () => {
  it.each<[Kind[], string | null | undefined, (Kind | null)[]]>([
    [['ssh', 'smb'], 'Windows 11 Pro', ['smb', 'ssh']],
    [['smb', 'ssh'], 'Microsoft Windows Server 2022', ['smb', 'ssh']],
    [['smb', 'ssh'], 'Debian GNU/Linux 12', ['ssh', null]],
    [['ssh', 'smb'], null, ['ssh', 'smb']],
    [['smb', 'ssh'], undefined, ['smb', 'ssh']],
    [['ssh'], 'Windows 11 Pro', ['ssh', null]],
    [['ssh'], null, ['ssh', null]],
    [['command', 'smb', 'ssh'], 'Windows 11 Pro', ['command', null]],
    [['smb', 'command', 'ssh'], 'Debian', ['ssh', null]],
    [['local'], null, ['local', null]],
  ])('%p for %p: %p', (mine, os, expected) => {
    expect(chosen(mine, os)).toEqual(expected);
  });

  it('nothing that the server does not allow', () => {
    expect(chosen(['smb', 'ssh'], 'Windows', ['ssh'])).toEqual(['ssh', null]);
    expect(() => chosen(['smb'], 'Windows', ['ssh'])).toThrow('this DP is configured for smb');
  });
});
