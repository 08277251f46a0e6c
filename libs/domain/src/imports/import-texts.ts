import type { MessageDescriptor, StoredText, TextKey, TextParams } from '#texts';

/** How much a message on a row weighs: an `error` rejects it, a `warning` wants to be looked at, `info` explains. */
export const IMPORT_SEVERITIES = ['info', 'warning', 'error'] as const;
export type ImportSeverity = (typeof IMPORT_SEVERITIES)[number];

/** Codes of messages on rows and runs, with their weight. */
export const IMPORT_MESSAGE_SEVERITIES = {
  NAME_EMPTY: 'error',
  NAME_IS_ADDRESS: 'error',
  NAME_BROKEN_ADDRESS: 'error',
  NAME_ONLY_DIGITS: 'error',
  NAME_FORMULA: 'error',
  NAME_BAD_CHARACTER: 'error',
  NAME_CONTROL_CHARACTER: 'error',
  NAME_BROKEN_ENCODING: 'error',
  NAME_BAD_LABEL: 'error',
  NAME_EMPTY_LABEL: 'error',
  NAME_TOO_LONG: 'error',
  NAME_RESERVED: 'error',
  NAME_NOT_INTERNATIONAL: 'error',
  NAME_FQDN_MISMATCH: 'warning',
  NAME_LONG: 'warning',
  NAME_UNDERSCORE: 'warning',
  NAME_NON_ASCII: 'warning',
  DUPLICATE: 'error',
  SAME_NETBIOS: 'warning',
  COLUMN_COUNT: 'error',
  CELLS_MISSING: 'warning',
  HEADING: 'error',
  BAD_QUOTE: 'error',
  ROW_TOO_LONG: 'error',
  ADDRESS_INVALID: 'warning',
  VALUE_DAMAGED: 'warning',
  VALUE_CUT: 'warning',
  DATE_INVALID: 'warning',
  UNKNOWN_DP: 'error',
  RULE_REJECTS: 'error',
  NO_DP_CHOSEN: 'error',
  DP_STAYS: 'warning',
  DP_DISABLED: 'warning',
  DP_FIXED: 'error',
  NAME_TAKEN: 'error',
  NO_GUID: 'error',
  COMPUTER_GONE: 'error',
  REGISTERED: 'info',
  RENAME_WAITS: 'warning',
  LINKED: 'info',
  RENAMED: 'info',
  MOVED: 'warning',
  DNS_NAME_TWICE: 'error',
  PASSED_OVER: 'info',
  DISABLED: 'info',
  STALE: 'info',
  FILTERED: 'info',
  NO_DP: 'info',
  PROFILE: 'info',
  MISSING: 'warning',
  BECAME_KNOWN: 'info',
  UNDECIDED: 'error',
  SAME_COMPUTER: 'info',
} as const satisfies Record<string, ImportSeverity>;
export type ImportMessageCode = keyof typeof IMPORT_MESSAGE_SEVERITIES;

/** One remark on a row or a run; its text has the line in front on rows of a file. */
export type ImportMessage = { code: ImportMessageCode; severity: ImportSeverity } & StoredText;

/** Makes a message with the weight of its code. */
export function importMessage(
  code: ImportMessageCode,
  key: TextKey,
  params: TextParams = {},
): ImportMessage & MessageDescriptor {
  return { code, severity: IMPORT_MESSAGE_SEVERITIES[code], key, params };
}

/** Why a whole run failed. */
export const IMPORT_FAULT_CODES = [
  'EMPTY_FILE',
  'BINARY_FILE',
  'NO_NAME_COLUMN',
  'DUPLICATE_HEADER',
  'UNCLOSED_QUOTE',
  'ROW_TOO_LONG',
  'TOO_MANY_ROWS',
  'TOO_LARGE',
  'UNKNOWN_COLUMN',
  'FILE_GONE',
  'PROFILE_GONE',
  'DIRECTORY_GONE',
  'PASSWORD_UNREADABLE',
  'EMPTY_PASSWORD',
  'PLAIN_REFUSED',
  'URL_INVALID',
  'NAME_NOT_RESOLVED',
  'HOST_NOT_ALLOWED',
  'CONNECT_FAILED',
  'CONNECT_TIMEOUT',
  'TLS_FAILED',
  'TLS_UNTRUSTED',
  'TLS_WRONG_NAME',
  'STARTTLS_REFUSED',
  'ENCRYPTION_REQUIRED',
  'BIND_WRONG_CREDENTIALS',
  'BIND_LOGON_HOURS',
  'BIND_WORKSTATION',
  'BIND_PASSWORD_EXPIRED',
  'BIND_DISABLED',
  'BIND_ACCOUNT_EXPIRED',
  'BIND_MUST_CHANGE_PASSWORD',
  'BIND_LOCKED',
  'BIND_FAILED',
  'BASE_NOT_FOUND',
  'GROUP_NOT_FOUND',
  'FILTER_INVALID',
  'ACCESS_DENIED',
  'LIMIT_REACHED',
  'CONNECTION_LOST',
  'SEARCH_FAILED',
  'INTERNAL',
] as const;
export type ImportFaultCode = (typeof IMPORT_FAULT_CODES)[number];

/** What stopped a run, with a text for the person who asked for it. */
export type ImportFault = {
  code: ImportFaultCode;
  /** Line of the file it is about. */
  line: number | null;
} & StoredText;
