import { execFileSync, spawnSync } from 'node:child_process';
import type { CommandResult } from '../../computer/posix/session.js';
import { type RemoteCommand, remoteCommand, script } from './remote-command.js';

/** Runs a command as sshd does it for an account with this shell. */
function run(shell: string, { line, read }: RemoteCommand, input = '', before = ''): CommandResult {
  const { status, signal, stdout, stderr } = spawnSync(shell, ['-c', `${before}${line}`], {
    input,
    encoding: 'utf8',
  });
  return read({ code: status, signal, stdout, stderr });
}

const ODD = [
  '',
  "it's",
  '$HOME `x` $(y)',
  'a\nb\n',
  'back\\slash \\0101',
  '!history %1',
  '-n',
  'ü €',
  '*?[a]{b,c}~',
];

describe.each(['sh', 'bash', 'tcsh', 'fish'])('a command in %s', (shell) => {
  it('takes every text for what it is', () => {
    const command = remoteCommand(
      script(`for a in "$@"; do printf '<%s>' "$a"; done; printf '%s' '!\\n'`, ODD),
    );
    expect(run(shell, command)).toMatchObject({
      code: 0,
      stdout: `${ODD.map((a) => `<${a}>`).join('')}!\\n`,
    });
  });

  it('gives its input and its exit code on', () => {
    const ran = run(shell, remoteCommand(script('read line; echo "$line" >&2; exit 37', [])), 'typed in\n');
    expect(ran).toMatchObject({ code: 37, stdout: '', stderr: 'typed in\n' });
  });

  it('is told from what the shell says before it', () => {
    const noise = 'echo ended 0; ';
    expect(run(shell, remoteCommand(script('printf ours', [])), '', noise)).toMatchObject({
      code: 0,
      stdout: 'ours',
    });
  });
});

it('what never began is told as it is', () => {
  const nologin = { code: 1, signal: null, stdout: 'This account is currently not available.\n', stderr: '' };
  expect(remoteCommand(['true']).read(nologin)).toEqual(nologin);
});

it('the shells of this test are there', () => {
  for (const shell of ['bash', 'tcsh', 'fish'])
    expect(execFileSync(shell, ['-c', 'echo ok'], { encoding: 'utf8' })).toBe('ok\n');
});
