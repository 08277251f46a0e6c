import { DOMAIN_ERROR_CODES, DomainError, type DomainErrorCode, type Fault } from '#domain';
import { isTextKey, type MessageDescriptor, textIn } from '#texts';

/** A text as calls carry it: to be put into words by who shows it, and in English for peers of earlier versions. */
type Spoken<English extends string> = Partial<MessageDescriptor> & Record<English, string>;
type SpokenFault = { path: string; code: string } & Spoken<'message'>;

/** What a failed call is answered with. */
export type CallError = { code: string; faults: SpokenFault[] } & Spoken<'detail'>;

export function callError(
  code: string,
  { key, params = {} }: MessageDescriptor,
  faults: readonly Fault[] = [],
): CallError {
  return {
    code,
    detail: textIn('en', { key, params }),
    key,
    params,
    faults: faults.map((fault) => ({ ...fault, message: textIn('en', fault) })),
  };
}

/** The error as the answering program threw it; null: that was no broken rule. */
export function domainErrorOf({ code, detail, faults, ...error }: CallError): DomainError | null {
  if (!isDomainCode(code)) return null;
  const { key, params } = knownText(error, detail);
  const known = faults.map(({ path, code: rule, message, ...fault }) => ({
    path,
    code: rule,
    ...knownText(fault, message),
  }));
  return new DomainError(code, key, params, known);
}

function knownText({ key, params = {} }: Partial<MessageDescriptor>, english: string): MessageDescriptor {
  return isTextKey(key) ? { key, params } : { key: 'verbatim', params: { text: english } };
}

function isDomainCode(code: string): code is DomainErrorCode {
  return (DOMAIN_ERROR_CODES as readonly string[]).includes(code);
}
