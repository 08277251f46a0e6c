import type { CommandResult } from '../../../computer/posix/session.js';
import {
  commandLine,
  errorOf,
  fits,
  quoted,
  readRoot,
  readServiceState,
  readShell,
  sftpPath,
} from './windows-shell.js';

const ran = (stdout: string, code: number | null = 0, stderr = ''): CommandResult => ({
  code,
  signal: null,
  stdout,
  stderr,
});

it.each([
  ['C:\\Windows\r\n', 'C:\\Windows'],
  ['A banner of the site\r\nD:\\WINNT\r\n', 'D:\\WINNT'],
  ['%SystemRoot%\r\n', null],
  ['', null],
  ['/bin/sh: cmd.exe: not found', null],
])('%p says that Windows is in %p', (said, root) => {
  expect(readRoot(ran(said))).toBe(root);
});

it.each([
  ['Windows_NT\r\n', 'cmd'],
  ['%OS%\r\n', 'powershell'],
  ['anything', null],
])('%p is the answer of %p', (said, shell) => {
  expect(readShell(ran(said))).toBe(shell);
});

it('a command means the same to both shells', () => {
  const args = `create x binPath= ${quoted('"C:\\Program Files\\a.exe" push o-1')} start= demand`;
  const line = 'create x binPath= "\\"C:\\Program Files\\a.exe\\" push o-1" start= demand';
  expect(commandLine({ kind: 'cmd', root: 'C:\\Windows' }, 'sc.exe', args)).toBe(`sc.exe ${line}`);
  expect(commandLine({ kind: 'powershell', root: 'C:\\Windows' }, 'sc.exe', args)).toBe(`sc.exe --% ${line}`);
});

it.each([
  [ran('[SC] OpenService FAILED 1060:\r\n\r\nThe specified service does not exist', 36), 1060],
  [ran('[SC] OpenService FEHLER 1060:\r\n\r\nDer angegebene Dienst ist nicht installiert.', 1060), 1060],
  [ran('[SC] CreateService SUCCESS'), 0],
  [ran('', 5), 5],
  [ran('', null), -1],
])('of %p the error is %p', (answer, error) => {
  expect(errorOf(answer)).toBe(error);
});

it.each([
  ['STOPPED', 1, 'stopped'],
  ['RUNNING', 4, 'running'],
  ['STOP_PENDING', 3, 'other'],
])('a service that is %s', (word, number, state) => {
  const text = `\r\nSERVICE_NAME: x\r\n        TYPE               : 10  WIN32_OWN_PROCESS\r\n        STATE              : ${number}  ${word}\r\n`;
  expect(readServiceState(ran(text))).toBe(state);
  expect(readServiceState(ran('nothing'))).toBeNull();
});

it('paths and masks are those of Windows', () => {
  expect(sftpPath('C:\\Windows', 'Relaypoint\\x.new')).toBe('/C:/Windows/Relaypoint/x.new');
  expect(
    ['RelaypointPush-a-1', 'relaypointpush-A-2.new', 'other'].filter(fits('RelaypointPush-a-*')),
  ).toHaveLength(2);
  expect(fits('a.b')('axb')).toBe(false);
});
