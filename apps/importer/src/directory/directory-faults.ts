import { InvalidCredentialsError, ResultCodeError } from 'ldapts';
import type { DirectoryTestStepName, ImportFaultCode } from '#domain';
import { ImportFailure } from '../import-failure.js';
import { ConnectionLost } from './directory-client.js';

/**
 * Why AD refuses a bind, by the sub-code in its diagnostic message (`… data 52e, …`; [MS-ERREF] 2.2). Each is a reason of
 * its own: trying again with a wrong password locks the account, while an expired one needs a new password.
 */
const BIND_REASONS: Readonly<Record<string, readonly [ImportFaultCode, string]>> = {
  '525': ['BIND_WRONG_CREDENTIALS', 'The account or its password is wrong.'],
  '52e': ['BIND_WRONG_CREDENTIALS', 'The account or its password is wrong.'],
  '530': ['BIND_LOGON_HOURS', 'The account may not log on at this hour.'],
  '531': ['BIND_WORKSTATION', 'The account may not log on from this computer.'],
  '532': ['BIND_PASSWORD_EXPIRED', 'The password of the account has expired.'],
  '533': ['BIND_DISABLED', 'The account is disabled.'],
  '701': ['BIND_ACCOUNT_EXPIRED', 'The account has expired.'],
  '773': ['BIND_MUST_CHANGE_PASSWORD', 'The account has to change its password first.'],
  '775': ['BIND_LOCKED', 'The account is locked after too many wrong passwords.'],
};

/** Result codes of RFC 4511, 4.1.9. */
const LIMITS = [3, 4, 11];
const ENCRYPTION_REQUIRED = [8, 13];
const NO_SUCH_OBJECT = 32;
const INVALID_DN = 34;
const INSUFFICIENT_ACCESS = 50;
const OPERATIONS_ERROR = 1;

const UNTRUSTED = /SELF_SIGNED|UNABLE_TO_|CERT_UNTRUSTED|INVALID_CA|CERT_CHAIN_TOO_LONG/;
const HINT_CA = 'Give the certificate of its CA (caPem).';

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
const textOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ').slice(0, 300);

/** The name of a directory's server could not be resolved, or it could not be connected to. */
export function connectFault(error: unknown, server: string): ImportFailure {
  const code = codeOf(error);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'ENODATA') {
    return new ImportFailure('NAME_NOT_RESOLVED', `${server}: the name cannot be resolved (${code}).`);
  }
  if (code === 'ETIMEDOUT') {
    return new ImportFailure('CONNECT_TIMEOUT', `${server} does not answer.`);
  }
  return new ImportFailure('CONNECT_FAILED', `${server} refuses the connection: ${textOf(error)}`);
}

/** No encrypted connection came about. */
export function tlsFault(error: unknown, server: string): ImportFailure {
  if (error instanceof ImportFailure) return error;
  const code = codeOf(error);
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return new ImportFailure(
      'TLS_WRONG_NAME',
      `The certificate of ${server} is for another name: ${textOf(error)}`,
    );
  }
  if (UNTRUSTED.test(code)) {
    return new ImportFailure(
      'TLS_UNTRUSTED',
      `The certificate of ${server} is not trusted (${code}). ${HINT_CA}`,
    );
  }
  if (error instanceof ResultCodeError) {
    return new ImportFailure('STARTTLS_REFUSED', `${server} refuses StartTLS: ${textOf(error)}`);
  }
  return new ImportFailure('TLS_FAILED', `No encryption with ${server}: ${textOf(error)}`);
}

/** The server did not take the account. */
export function bindFault(error: unknown): ImportFailure {
  if (!(error instanceof ResultCodeError)) return searchFault(error, '');
  if (ENCRYPTION_REQUIRED.includes(error.code)) {
    return new ImportFailure(
      'ENCRYPTION_REQUIRED',
      'The server takes passwords over encrypted connections only: use ldaps:// or startTls.',
    );
  }
  if (error instanceof InvalidCredentialsError) {
    const data = /\bdata ([0-9a-f]{3})\b/i.exec(error.message)?.[1]?.toLowerCase() ?? '52e';
    const [code, text] = BIND_REASONS[data] ?? ['BIND_FAILED', `The server refuses the account (${data}).`];
    return new ImportFailure(code, text);
  }
  if (error.code === INVALID_DN || error.code === NO_SUCH_OBJECT) {
    return new ImportFailure('BIND_WRONG_CREDENTIALS', 'There is no such account, or its password is wrong.');
  }
  return new ImportFailure('BIND_FAILED', `The server refuses the account: ${textOf(error)}`);
}

/** A search came to nothing. @param base where it looked */
export function searchFault(error: unknown, base: string): ImportFailure {
  if (error instanceof ImportFailure) return error;
  if (error instanceof ConnectionLost || !(error instanceof ResultCodeError)) {
    return new ImportFailure('CONNECTION_LOST', `The connection to the directory was lost: ${textOf(error)}`);
  }
  if (error.code === NO_SUCH_OBJECT || error.code === INVALID_DN) {
    return new ImportFailure(
      'BASE_NOT_FOUND',
      `The directory has no "${base}", or the account may not see it.`,
    );
  }
  if (error.code === INSUFFICIENT_ACCESS || error.code === OPERATIONS_ERROR) {
    return new ImportFailure('ACCESS_DENIED', `The account may not read "${base}": ${textOf(error)}`);
  }
  if (LIMITS.includes(error.code)) {
    return new ImportFailure('LIMIT_REACHED', `A limit of the server ended the search: ${textOf(error)}`);
  }
  return new ImportFailure('SEARCH_FAILED', `The search in "${base}" failed: ${textOf(error)}`);
}

/** What the step of a test is told to have come to. */
export function faultOfStep(
  step: DirectoryTestStepName,
  error: unknown,
): { code: ImportFaultCode; text: string } {
  if (error instanceof ImportFailure) return { code: error.fault.code, text: error.fault.text };
  const { fault } = step === 'bind' ? bindFault(error) : searchFault(error, '');
  return { code: fault.code, text: fault.text };
}
