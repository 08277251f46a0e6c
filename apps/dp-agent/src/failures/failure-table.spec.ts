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
    ['ssh', 'closed-before-login', '', 'LOGINS_CLOSED'],
    ['ssh', 'closed-at-login', '', 'LOGIN_DENIED'],
    ['ssh', 'closed-at-login', 'it said: Your account has expired', 'ACCOUNT_DISABLED_OR_EXPIRED'],
    ['ssh', 'client-authentication', 'it said: System is going down. Unprivileged users …', 'LOGINS_CLOSED'],
    ['ssh', 'method-missing', 'the computer offers: publickey', 'LOGIN_METHOD_MISSING'],
    ['ssh', 'more-wanted', '', 'SECOND_FACTOR_REQUIRED'],
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
    ['win32', '53', '', 'HOST_UNREACHABLE'],
    // a computer without the share is on, and waiting for it is no use
    ['win32', '67', '', 'ADMIN_SHARE_MISSING'],
    ['win32', '1317', '', 'AUTH_FAILED'],
    ['win32', '1385', '', 'NETWORK_LOGON_DENIED'],
    ['win32', '1327', '', 'LOGIN_DENIED'],
    ['win32', '1311', '', 'NO_LOGON_SERVER'],
    ['win32', '1398', '', 'CLOCK_SKEW'],
    ['win32', '1722', '', 'SERVICE_CONTROL_UNAVAILABLE'],
    ['win32', '193', '', 'INSTALLER_REJECTED'],
    ['win32', '225', '', 'BLOCKED_BY_POLICY'],
    ['win32', '1053', '', 'BLOCKED_BY_POLICY'],
    ['werror', 'WERR_ACCESS_DENIED', '', 'NOT_ADMIN'],
    ['werror', 'WERR_BAD_EXE_FORMAT', '', 'INSTALLER_REJECTED'],
    ['werror', 'WERR_SERVICE_REQUEST_TIMEOUT', '', 'BLOCKED_BY_POLICY'],
    ['ntstatus', 'NT_STATUS_ACCESS_DENIED', 'tree connect failed', 'NOT_ADMIN'],
    [
      'ntstatus',
      'NT_STATUS_ACCESS_DENIED',
      "Kerberos auth with 'u@CORP' (CORP\\u) to access '192.0.2.1' not possible",
      'KERBEROS_NOT_POSSIBLE',
    ],
    ['ntstatus', 'NT_STATUS_LOGON_FAILURE', 'kinit failed: Clock skew too great', 'CLOCK_SKEW'],
    ['ntstatus', 'NT_STATUS_NTLM_BLOCKED', '', 'NTLM_REFUSED'],
    ['ntstatus', 'NT_STATUS_NO_LOGON_SERVERS', '', 'NO_LOGON_SERVER'],
    ['ntstatus', 'NT_STATUS_BAD_NETWORK_NAME', '', 'ADMIN_SHARE_MISSING'],
    [
      'ntstatus',
      'NT_STATUS_OBJECT_NAME_NOT_FOUND',
      'could not open pipe svcctl',
      'SERVICE_CONTROL_UNAVAILABLE',
    ],
    ['ntstatus', 'NT_STATUS_OBJECT_NAME_NOT_FOUND', 'opening remote file', 'UNKNOWN'],
    ['ntstatus', 'NT_STATUS_INVALID_ACCOUNT_NAME', '', 'AUTH_FAILED'],
    ['ntstatus', 'NT_STATUS_TRUSTED_RELATIONSHIP_FAILURE', '', 'LOGIN_DENIED'],
    // another package with the same product code, of whatever version
    ['exit', '1638', '', 'INSTALLER_FAILED'],
    // Windows tells the end of a process by an NT status, which is negative where it is read as signed
    ['exit', '-1073741502', '', 'INSTALLER_FAILED'],
    ['exit', '3221225794', '', 'INSTALLER_FAILED'],
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
    for (const code of ['3010', '1641']) {
      expect(DONE_CODES.has(classify({ system: 'exit', code, text: '' }))).toBe(true);
    }
  });
});
