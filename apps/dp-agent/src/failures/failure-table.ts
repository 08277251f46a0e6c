import type { FailureCode, NativeSign, Phase } from './failure.js';

/** How one sign is recognised: by the system it comes from, and by its code, its text or both. */
interface Sign {
  readonly system: string;
  readonly code?: RegExp;
  readonly text?: RegExp;
  readonly phase?: Phase;
  readonly failure: FailureCode;
}

/** A login that came to nothing. */
const LOGIN = /^(?:client-authentication|closed-before-login|closed-at-login|more-wanted)$/;

/**
 * Native signs and what they mean (docs/failures.md); the first that fits counts. Systems:
 * - `connect`: Node's error code before SSH has answered; `ssh`: level and words of ssh2 until a session is there
 * - `sudo`, `shell`: what was written to standard error on the computer, 90 to 92 being our own scripts' codes; `exit`: the installer's own exit code
 * - `sftp`: number of a status of SFTP
 * - `win32`, `werror`, `ntstatus`: error numbers of Windows, their names as Samba has them, names of NT statuses
 * - `ldap`: the `data` of a refused bind to Active Directory
 * - `command`: exit code of a site's own command that said nothing
 * - `http`: the gateway's answer to a request for release files
 */
const SIGNS: readonly Sign[] = [
  { system: 'connect', code: /^(?:ENOTFOUND|EAI_\w+|ENODATA)$/, failure: 'NAME_NOT_RESOLVED' },
  { system: 'connect', code: /^ECONNREFUSED$/, failure: 'PORT_CLOSED' },
  // EINVAL and EACCES are what Linux gives for blackhole and prohibit routes
  {
    system: 'connect',
    code: /^(?:EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|EINVAL|EACCES)$/,
    failure: 'HOST_UNREACHABLE',
  },
  { system: 'connect', code: /^ETIMEDOUT$/, failure: 'CONNECT_TIMEOUT' },
  { system: 'connect', code: /^(?:ECONNRESET|EPIPE)$/, failure: 'NOT_SSH' },
  { system: 'ssh', code: /^client-timeout$/, failure: 'CONNECT_TIMEOUT' },
  // what PAM says on the way, as far as SSH passes it on; sshd leaves most of it unsaid. First what is about the computer
  {
    system: 'ssh',
    code: LOGIN,
    text: /booting up|shutting down|going down|not permitted to log in|logins? (?:is|are) (?:currently |temporarily )?(?:not|disabled)|pam_nologin|under maintenance/i,
    failure: 'LOGINS_CLOSED',
  },
  {
    system: 'ssh',
    code: LOGIN,
    text: /account is (?:temporarily )?locked|account locked|too many failed logins/i,
    failure: 'ACCOUNT_LOCKED',
  },
  { system: 'ssh', code: LOGIN, text: /account (?:has )?expired/i, failure: 'ACCOUNT_DISABLED_OR_EXPIRED' },
  {
    system: 'ssh',
    code: LOGIN,
    text: /password (?:has )?expired|change your password|password change required|new password:/i,
    failure: 'PASSWORD_CHANGE_REQUIRED',
  },
  { system: 'ssh', code: /^client-authentication$/, failure: 'AUTH_FAILED' },
  { system: 'ssh', code: /^method-missing$/, failure: 'LOGIN_METHOD_MISSING' },
  { system: 'ssh', code: /^more-wanted$/, failure: 'SECOND_FACTOR_REQUIRED' },
  { system: 'ssh', code: /^key$/, failure: 'KEY_UNUSABLE' },
  // a secret that was sent was not refused before the computer hung up: it is this computer that lets nobody, or not this one, in
  { system: 'ssh', code: /^closed-at-login$/, failure: 'LOGIN_DENIED' },
  { system: 'ssh', code: /^closed-before-login$/, failure: 'LOGINS_CLOSED' },
  { system: 'ssh', code: /^(?:handshake|protocol|closed-before-handshake)$/, failure: 'NOT_SSH' },
  { system: 'shell', text: /password change required/i, failure: 'PASSWORD_CHANGE_REQUIRED' },
  {
    system: 'shell',
    text: /account is currently not available|account has expired/i,
    failure: 'ACCOUNT_DISABLED_OR_EXPIRED',
  },
  { system: 'sudo', text: /password change required/i, failure: 'PASSWORD_CHANGE_REQUIRED' },
  {
    system: 'sudo',
    text: /account is currently not available|account has expired/i,
    failure: 'ACCOUNT_DISABLED_OR_EXPIRED',
  },
  { system: 'sudo', text: /account is locked|account locked/i, failure: 'ACCOUNT_LOCKED' },
  { system: 'sudo', text: /not in the sudoers|may not run sudo|not allowed to/i, failure: 'NOT_ADMIN' },
  { system: 'sudo', text: /must have a tty/i, failure: 'SUDO_TTY_REQUIRED' },
  {
    system: 'sudo',
    text: /incorrect password|sorry, try again|incorrect authentication|authentication fail/i,
    failure: 'AUTH_FAILED',
  },
  {
    system: 'sudo',
    text: /password is required|a terminal is required|interactive authentication is required/i,
    failure: 'SUDO_PASSWORD_REQUIRED',
  },
  { system: 'sudo', failure: 'NOT_ADMIN' },
  { system: 'shell', text: /no space left|disk quota exceeded/i, failure: 'DISK_FULL' },
  {
    system: 'shell',
    text: /permission denied|read-only file system|operation not permitted/i,
    failure: 'PATH_DENIED',
  },
  { system: 'shell', code: /^90$/, phase: 'stage', failure: 'DIGEST_MISMATCH' },
  { system: 'shell', code: /^91$/, phase: 'stage', failure: 'INSTALLER_REJECTED' },
  { system: 'shell', code: /^92$/, phase: 'stage', failure: 'PATH_DENIED' },
  { system: 'shell', phase: 'stage', failure: 'COPY_FAILED' },
  { system: 'sftp', code: /^3$/, failure: 'NOT_ADMIN' },
  { system: 'sftp', code: /^4$/, text: /no space|disk full/i, failure: 'DISK_FULL' },
  { system: 'sftp', phase: 'stage', failure: 'COPY_FAILED' },
  // Windows and its directories, as a site's own transport tells them (method `command`)
  { system: 'win32', code: /^(?:53|1203|1231)$/, failure: 'HOST_UNREACHABLE' },
  { system: 'win32', code: /^67$/, failure: 'ADMIN_SHARE_MISSING' },
  { system: 'win32', code: /^(?:1317|1326)$/, failure: 'AUTH_FAILED' },
  { system: 'win32', code: /^1909$/, failure: 'ACCOUNT_LOCKED' },
  { system: 'win32', code: /^(?:1331|1793)$/, failure: 'ACCOUNT_DISABLED_OR_EXPIRED' },
  { system: 'win32', code: /^(?:1330|1907)$/, failure: 'PASSWORD_CHANGE_REQUIRED' },
  { system: 'win32', code: /^1385$/, failure: 'NETWORK_LOGON_DENIED' },
  { system: 'win32', code: /^(?:1327|1328|1329|1788|1789)$/, failure: 'LOGIN_DENIED' },
  { system: 'win32', code: /^(?:1311|1355)$/, failure: 'NO_LOGON_SERVER' },
  { system: 'win32', code: /^1398$/, failure: 'CLOCK_SKEW' },
  { system: 'win32', code: /^5$/, failure: 'NOT_ADMIN' },
  { system: 'win32', code: /^1722$/, failure: 'SERVICE_CONTROL_UNAVAILABLE' },
  { system: 'win32', code: /^(?:193|216)$/, failure: 'INSTALLER_REJECTED' },
  // 1053: a program that the computer would not run never answers as a service
  { system: 'win32', code: /^(?:225|1053|1260)$/, failure: 'BLOCKED_BY_POLICY' },
  { system: 'win32', code: /^64$/, phase: 'stage', failure: 'COPY_FAILED' },
  { system: 'win32', code: /^(?:39|112)$/, failure: 'DISK_FULL' },
  { system: 'ldap', code: /^775$/, failure: 'ACCOUNT_LOCKED' },
  { system: 'ldap', code: /^(?:533|701)$/, failure: 'ACCOUNT_DISABLED_OR_EXPIRED' },
  { system: 'ldap', code: /^(?:532|773)$/, failure: 'PASSWORD_CHANGE_REQUIRED' },
  { system: 'ldap', code: /^(?:49|525|52e)$/, failure: 'AUTH_FAILED' },
  { system: 'werror', code: /WERR_ACCESS_DENIED/, failure: 'NOT_ADMIN' },
  { system: 'werror', code: /WERR_DISK_FULL/, failure: 'DISK_FULL' },
  { system: 'werror', code: /WERR_BAD_EXE_FORMAT/, failure: 'INSTALLER_REJECTED' },
  { system: 'werror', code: /WERR_(?:VIRUS_INFECTED|SERVICE_REQUEST_TIMEOUT)/, failure: 'BLOCKED_BY_POLICY' },
  { system: 'werror', code: /WERR_RPC_S_SERVER_UNAVAILABLE/, failure: 'SERVICE_CONTROL_UNAVAILABLE' },
  // Samba tells by words alone why Kerberos did not come about
  { system: 'ntstatus', text: /kerberos auth\w* .*not possible/i, failure: 'KERBEROS_NOT_POSSIBLE' },
  { system: 'ntstatus', text: /clock skew/i, failure: 'CLOCK_SKEW' },
  { system: 'ntstatus', code: /TIME_DIFFERENCE_AT_DC/, failure: 'CLOCK_SKEW' },
  { system: 'ntstatus', code: /NTLM_BLOCKED/, failure: 'NTLM_REFUSED' },
  { system: 'ntstatus', code: /NO_LOGON_SERVERS|DOMAIN_CONTROLLER_NOT_FOUND/, failure: 'NO_LOGON_SERVER' },
  { system: 'ntstatus', code: /LOGON_TYPE_NOT_GRANTED/, failure: 'NETWORK_LOGON_DENIED' },
  {
    system: 'ntstatus',
    code: /ACCOUNT_RESTRICTION|INVALID_LOGON_HOURS|INVALID_WORKSTATION|TRUSTED_(?:RELATIONSHIP|DOMAIN)_FAILURE/,
    failure: 'LOGIN_DENIED',
  },
  { system: 'ntstatus', code: /BAD_NETWORK_NAME/, failure: 'ADMIN_SHARE_MISSING' },
  {
    system: 'ntstatus',
    code: /OBJECT_NAME_NOT_FOUND|PIPE_NOT_AVAILABLE/,
    text: /svcctl/i,
    failure: 'SERVICE_CONTROL_UNAVAILABLE',
  },
  { system: 'ntstatus', code: /VIRUS_INFECTED/, failure: 'BLOCKED_BY_POLICY' },
  {
    system: 'ntstatus',
    code: /LOGON_FAILURE|WRONG_PASSWORD|NO_SUCH_USER|INVALID_ACCOUNT_NAME/,
    failure: 'AUTH_FAILED',
  },
  { system: 'ntstatus', code: /ACCOUNT_LOCKED_OUT/, failure: 'ACCOUNT_LOCKED' },
  { system: 'ntstatus', code: /ACCOUNT_(?:DISABLED|EXPIRED)/, failure: 'ACCOUNT_DISABLED_OR_EXPIRED' },
  { system: 'ntstatus', code: /PASSWORD_(?:EXPIRED|MUST_CHANGE)/, failure: 'PASSWORD_CHANGE_REQUIRED' },
  { system: 'ntstatus', code: /ACCESS_DENIED/, failure: 'NOT_ADMIN' },
  { system: 'ntstatus', code: /DISK_FULL/, failure: 'DISK_FULL' },
  { system: 'ntstatus', code: /IO_TIMEOUT/, failure: 'CONNECT_TIMEOUT' },
  { system: 'ntstatus', code: /CONNECTION_REFUSED/, failure: 'PORT_CLOSED' },
  { system: 'ntstatus', code: /HOST_UNREACHABLE|NETWORK_UNREACHABLE/, failure: 'HOST_UNREACHABLE' },
  { system: 'command', code: /^124$/, failure: 'INSTALL_TIMEOUT' },
  { system: 'command', code: /^(?:126|127)$/, failure: 'DP_INTERNAL' },
  { system: 'command', code: /^(?:129|1[3-5]\d|16[0-4])$/, failure: 'INSTALLER_KILLED' },
  { system: 'http', code: /^(?:404|410)$/, failure: 'RELEASE_UNAVAILABLE' },
  { system: 'http', failure: 'RELEASE_UNAVAILABLE' },
  { system: 'exit', text: /no space left|disk quota exceeded/i, failure: 'DISK_FULL' },
  { system: 'exit', code: /^(?:69|1633)$/, failure: 'PLATFORM_UNSUPPORTED' },
  { system: 'exit', code: /^(?:75|1618)$/, failure: 'INSTALLER_BUSY' },
  { system: 'exit', text: /could not get lock|is locked by another process/i, failure: 'INSTALLER_BUSY' },
  // a restart that is due before anything else can be done, not one that is due afterwards
  { system: 'exit', code: /^(?:350|3017)$/, failure: 'PENDING_RESTART_BLOCKS' },
  {
    system: 'exit',
    text: /(?:restart|reboot) is (?:already |still )?pending|pending (?:system )?(?:restart|reboot)|(?:must|has to|needs to) be (?:restarted|rebooted) (?:before|first)/i,
    failure: 'PENDING_RESTART_BLOCKS',
  },
  { system: 'exit', code: /^(?:1619|1620|1639)$/, failure: 'INSTALLER_REJECTED' },
  { system: 'exit', code: /^1625$/, failure: 'BLOCKED_BY_POLICY' },
  { system: 'exit', code: /^3010$/, failure: 'RESTART_REQUIRED' },
  { system: 'exit', code: /^1641$/, failure: 'RESTART_STARTED' },
  { system: 'exit', code: /^124$/, failure: 'INSTALL_TIMEOUT' },
  // a shell says 128 + signal; 126 and 127 mean that the program in the release cannot be run
  { system: 'exit', code: /^(?:126|127)$/, failure: 'INSTALLER_REJECTED' },
  { system: 'exit', code: /^(?:129|1[3-5]\d|16[0-4])$/, failure: 'INSTALLER_KILLED' },
  { system: 'exit', failure: 'INSTALLER_FAILED' },
];

/** The failure code behind a native sign; UNKNOWN keeps its native text for a person to read. */
export function classify(native: NativeSign, phase?: Phase): FailureCode {
  const sign = SIGNS.find(
    (candidate) =>
      candidate.system === native.system &&
      (candidate.code?.test(native.code) ?? true) &&
      (candidate.text?.test(native.text) ?? true) &&
      (candidate.phase === undefined || candidate.phase === phase),
  );
  return sign?.failure ?? 'UNKNOWN';
}

/** Codes that are reported as `succeeded`, with the code as result (class "done" of the failure list). */
export const DONE_CODES: ReadonlySet<string> = new Set<FailureCode>([
  'ALREADY_INSTALLED',
  'NEWER_INSTALLED',
  'RESTART_REQUIRED',
  'RESTART_STARTED',
]);
