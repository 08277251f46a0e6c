import { classify, DONE_CODES } from './failure-table.js';

describe('a native sign', () => {
  it.each([
    ['connect', 'ENOTFOUND', '', 'NAME_NOT_RESOLVED'],
    ['connect', 'EAI_AGAIN', '', 'NAME_NOT_RESOLVED'],
    ['connect', 'ECONNREFUSED', '', 'PORT_CLOSED'],
    ['connect', 'EHOSTUNREACH', '', 'HOST_UNREACHABLE'],
    ['connect', 'EINVAL', '', 'HOST_UNREACHABLE'],
    ['connect', 'ETIMEDOUT', '', 'CONNECT_TIMEOUT'],
    ['connect', 'ECONNRESET', '', 'NOT_SSH'],
    ['ssh', 'handshake', 'no matching key exchange algorithm', 'NOT_SSH'],
    ['ssh', 'client-authentication', 'All configured authentication methods failed', 'AUTH_FAILED'],
    ['ssh', 'closed-before-login', '', 'ACCOUNT_DISABLED_OR_EXPIRED'],
    ['ssh', 'key', 'Cannot parse privateKey', 'KEY_UNUSABLE'],
    ['sudo', '1', 'sudo: a password is required', 'SUDO_PASSWORD_REQUIRED'],
    ['sudo', '1', 'deploy is not in the sudoers file.', 'NOT_ADMIN'],
    ['sudo', '1', 'sudo: 3 incorrect password attempts', 'AUTH_FAILED'],
    ['sudo', '127', 'sh: sudo: not found', 'NOT_ADMIN'],
    ['sudo', '1', 'Password change required but no TTY available.', 'PASSWORD_CHANGE_REQUIRED'],
    ['shell', '1', 'This account is currently not available.', 'ACCOUNT_DISABLED_OR_EXPIRED'],
    ['shell', '1', 'cat: write error: No space left on device', 'DISK_FULL'],
    ['shell', '1', 'mkdir: cannot create directory: Read-only file system', 'PATH_DENIED'],
    ['exit', '1603', '', 'INSTALLER_FAILED'],
    ['exit', '1618', '', 'INSTALLER_BUSY'],
    ['exit', '1', 'E: Could not get lock /var/lib/dpkg/lock', 'INSTALLER_BUSY'],
    ['exit', '1620', '', 'INSTALLER_REJECTED'],
    ['exit', '350', '', 'PENDING_RESTART_BLOCKS'],
    ['exit', '3017', '', 'PENDING_RESTART_BLOCKS'],
    ['exit', '1', 'Another installation left a pending reboot.', 'PENDING_RESTART_BLOCKS'],
    [
      'exit',
      '1603',
      'The system must be restarted before installation can continue',
      'PENDING_RESTART_BLOCKS',
    ],
    ['exit', '1', 'restarting the service failed', 'INSTALLER_FAILED'],
    ['exit', '1625', '', 'BLOCKED_BY_POLICY'],
    ['exit', '1633', '', 'PLATFORM_UNSUPPORTED'],
    ['exit', '124', '', 'INSTALL_TIMEOUT'],
    ['exit', '143', '', 'INSTALLER_KILLED'],
    ['exit', '128', '', 'INSTALLER_FAILED'],
    ['exit', '165', '', 'INSTALLER_FAILED'],
    ['exit', '74', 'install.sh: No space left on device', 'DISK_FULL'],
    ['http', '404', '', 'RELEASE_UNAVAILABLE'],
    [
      'ssh',
      'client-authentication',
      'it said: The account is locked due to 3 failed logins.',
      'ACCOUNT_LOCKED',
    ],
    ['ssh', 'client-authentication', 'it said: Your account has expired', 'ACCOUNT_DISABLED_OR_EXPIRED'],
    ['ssh', 'client-authentication', 'it said: New password: ', 'PASSWORD_CHANGE_REQUIRED'],
    ['win32', '1326', '', 'AUTH_FAILED'],
    ['win32', '1330', '', 'PASSWORD_CHANGE_REQUIRED'],
    ['win32', '1909', '', 'ACCOUNT_LOCKED'],
    ['win32', '5', 'Access is denied.', 'NOT_ADMIN'],
    ['win32', '50', '', 'UNKNOWN'],
    ['ldap', '775', '', 'ACCOUNT_LOCKED'],
    ['ntstatus', 'NT_STATUS_ACCOUNT_LOCKED_OUT', '', 'ACCOUNT_LOCKED'],
    ['ntstatus', 'NT_STATUS_PASSWORD_MUST_CHANGE', '', 'PASSWORD_CHANGE_REQUIRED'],
    ['smoke', 'signals', '', 'UNKNOWN'],
  ])('of %s, %p %p, means %s', (system, code, text, failure) => {
    expect(classify({ system, code, text })).toBe(failure);
  });

  it('of a broken transfer counts only while something is transferred', () => {
    const native = { system: 'shell', code: '1', text: 'something' };
    expect(classify(native, 'stage')).toBe('COPY_FAILED');
    expect(classify(native, 'check')).toBe('UNKNOWN');
  });

  it('that is no failure is one of the done codes', () => {
    for (const code of ['1638', '3010', '1641']) {
      expect(DONE_CODES.has(classify({ system: 'exit', code, text: '' }))).toBe(true);
    }
  });
});
