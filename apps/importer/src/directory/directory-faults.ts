import { InvalidCredentialsError, ResultCodeError } from 'ldapts';
import type { DirectoryTestStepName, ImportFaultCode } from '#domain';
import type { TextKey } from '#texts';
import { ImportFailure } from '../runs/import-failure.js';
import { ConnectionLost } from './directory-client.js';

/**
 * Why AD refuses a bind, by the sub-code in its diagnostic message (`… data 52e, …`; [MS-ERREF] 2.2). Each is a reason of
 * its own: trying again with a wrong password locks the account, while an expired one needs a new password.
 */
const BIND_REASONS: Readonly<Record<string, readonly [ImportFaultCode, TextKey]>> = {
  '525': ['BIND_WRONG_CREDENTIALS', 'bind.wrongCredentials'],
  '52e': ['BIND_WRONG_CREDENTIALS', 'bind.wrongCredentials'],
  '530': ['BIND_LOGON_HOURS', 'bind.logonHours'],
  '531': ['BIND_WORKSTATION', 'bind.workstation'],
  '532': ['BIND_PASSWORD_EXPIRED', 'bind.passwordExpired'],
  '533': ['BIND_DISABLED', 'bind.disabled'],
  '701': ['BIND_ACCOUNT_EXPIRED', 'bind.accountExpired'],
  '773': ['BIND_MUST_CHANGE_PASSWORD', 'bind.mustChangePassword'],
  '775': ['BIND_LOCKED', 'bind.locked'],
};

/** Result codes of RFC 4511, 4.1.9. */
const LIMITS = [3, 4, 11];
const ENCRYPTION_REQUIRED = [8, 13];
const NO_SUCH_OBJECT = 32;
const INVALID_DN = 34;
const INSUFFICIENT_ACCESS = 50;
const OPERATIONS_ERROR = 1;

const UNTRUSTED = /SELF_SIGNED|UNABLE_TO_|CERT_UNTRUSTED|INVALID_CA|CERT_CHAIN_TOO_LONG/;

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
const textOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ').slice(0, 300);

/** The name of a directory's server could not be resolved, or it could not be connected to. */
export function connectFault(error: unknown, server: string): ImportFailure {
  const code = codeOf(error);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'ENODATA') {
    return new ImportFailure('NAME_NOT_RESOLVED', 'directory.notResolved', { server, code });
  }
  if (code === 'ETIMEDOUT') {
    return new ImportFailure('CONNECT_TIMEOUT', 'directory.timeout', { server });
  }
  return new ImportFailure('CONNECT_FAILED', 'directory.refused', { server, why: textOf(error) });
}

/** No encrypted connection came about. */
export function tlsFault(error: unknown, server: string): ImportFailure {
  if (error instanceof ImportFailure) return error;
  const code = codeOf(error);
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return new ImportFailure('TLS_WRONG_NAME', 'directory.wrongName', { server, why: textOf(error) });
  }
  if (UNTRUSTED.test(code)) {
    return new ImportFailure('TLS_UNTRUSTED', 'directory.untrusted', { server, code });
  }
  if (error instanceof ResultCodeError) {
    return new ImportFailure('STARTTLS_REFUSED', 'directory.startTlsRefused', { server, why: textOf(error) });
  }
  return new ImportFailure('TLS_FAILED', 'directory.noTls', { server, why: textOf(error) });
}

/** The server did not take the account. */
export function bindFault(error: unknown): ImportFailure {
  if (!(error instanceof ResultCodeError)) return searchFault(error, '');
  if (ENCRYPTION_REQUIRED.includes(error.code)) {
    return new ImportFailure('ENCRYPTION_REQUIRED', 'directory.encryptionRequired');
  }
  if (error instanceof InvalidCredentialsError) {
    const data = /\bdata ([0-9a-f]{3})\b/i.exec(error.message)?.[1]?.toLowerCase() ?? '52e';
    const [code, key] = BIND_REASONS[data] ?? ['BIND_FAILED', 'bind.failedCode'];
    return new ImportFailure(code, key, { code: data });
  }
  if (error.code === INVALID_DN || error.code === NO_SUCH_OBJECT) {
    return new ImportFailure('BIND_WRONG_CREDENTIALS', 'bind.noAccount');
  }
  return new ImportFailure('BIND_FAILED', 'bind.failed', { why: textOf(error) });
}

/** A search came to nothing. @param base where it looked */
export function searchFault(error: unknown, base: string): ImportFailure {
  if (error instanceof ImportFailure) return error;
  if (error instanceof ConnectionLost || !(error instanceof ResultCodeError)) {
    return new ImportFailure('CONNECTION_LOST', 'directory.lost', { why: textOf(error) });
  }
  if (error.code === NO_SUCH_OBJECT || error.code === INVALID_DN) {
    return new ImportFailure('BASE_NOT_FOUND', 'directory.baseNotFound', { base });
  }
  if (error.code === INSUFFICIENT_ACCESS || error.code === OPERATIONS_ERROR) {
    return new ImportFailure('ACCESS_DENIED', 'directory.accessDenied', { base, why: textOf(error) });
  }
  if (LIMITS.includes(error.code)) {
    return new ImportFailure('LIMIT_REACHED', 'directory.limit', { why: textOf(error) });
  }
  return new ImportFailure('SEARCH_FAILED', 'directory.searchFailed', { base, why: textOf(error) });
}

/** What the step of a test is told to have come to. */
export function faultOfStep(step: DirectoryTestStepName, error: unknown): ImportFailure['fault'] {
  if (error instanceof ImportFailure) return error.fault;
  return (step === 'bind' ? bindFault(error) : searchFault(error, '')).fault;
}
