import type { MessageDescriptor, TextKey, TextParams } from '#texts';
import { isIpAddress } from '../base/ip-address.js';
import { NETBIOS_LENGTH, netbiosName, type HostNames } from '../computers/host-name.js';
import type { ImportMessageCode } from './import-texts.js';

/**
 * Turns a host name with non-ASCII letters into its `xn--` form, as `domainToASCII` of `node:url` does; empty when
 * there is none. Only called for texts without any character that a computer name must not contain: a URL parser
 * would decode `%41` and take `1.2` for `1.0.0.2`.
 */
export type ToAscii = (host: string) => string;

export interface NameRemark extends MessageDescriptor {
  code: ImportMessageCode;
}

export interface ComputerName extends HostNames {
  /** The domain of `DOMAIN\NAME`. */
  domain: string | null;
  /** The name as it was written, when it had non-ASCII letters. */
  original: string | null;
  warnings: readonly NameRemark[];
}

export type NameResult = ({ ok: true } & ComputerName) | ({ ok: false } & NameRemark);

const RESERVED = new Set(
  (
    'ANONYMOUS BATCH BUILTIN DIALUP DOMAIN ENTERPRISE GATEWAY GW INTERACTIVE INTERNET LOCAL LOCALHOST NETWORK NULL ' +
    'PROXY RESTRICTED SELF SERVER SERVICE SYSTEM TAC USERS WORLD'
  ).split(' '),
);

const blanks = /[\u00a0\u2007\u202f\u200b\u200e\u200f\ufeff]/g;
const forbidden = /[\s\\/:*?"<>|,;~!@#$%^&'(){}[\]=+`]/u;
// eslint-disable-next-line no-control-regex
const control = /[\u0000-\u001f\u007f]/;
const broken = /[\ufffd\u0080-\u009f]/;
// eslint-disable-next-line no-control-regex
const nonAscii = /[^\u0000-\u007f]/;
/** Beyond ASCII only letters make an international name; `domainToASCII` would turn ™ into tm. */
const noPartOfWords = /[^\p{ASCII}\p{L}\p{M}\p{Nd}]/u;
const label = /^[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?$/;

const no = (code: ImportMessageCode, key: TextKey, params: TextParams = {}): NameResult => ({
  ok: false,
  code,
  key,
  params,
});

/** Quotes a text of the file for a message, at most 60 characters of it. */
export function quoted(text: string): string {
  return `"${text.length > 60 ? `${text.slice(0, 60)}…` : text}"`;
}

/**
 * Reads a computer's name in any of the usual spellings: `PC01`, `PC01$`, `\\PC01`, `CORP\PC01`, `pc01.corp.test.`.
 *
 * Rules: NetBIOS names are at most 15 characters (MS-NBTE 2.2.1), labels 63, names 253 (RFC 1035 §2.3.4), and Windows forbids
 * certain characters and words.
 */
export function normaliseComputerName(raw: string, toAscii: ToAscii): NameResult {
  const { text, domain } = withoutDecoration(raw);
  if (text === '') return no('NAME_EMPTY', 'name.empty');
  const refusal = refuseText(text);
  if (refusal) return refusal;

  const warnings: NameRemark[] = [];
  let host = text;
  if (nonAscii.test(text)) {
    host = toAscii(text);
    if (host === '') return no('NAME_NOT_INTERNATIONAL', 'name.notInternational', { name: quoted(text) });
    warnings.push({ code: 'NAME_NON_ASCII', key: 'name.nonAscii', params: { name: host } });
  }
  if (host.length > 253) return no('NAME_TOO_LONG', 'name.tooLong', { most: 253 });
  const labels = host.split('.');
  const first = labels[0] ?? '';
  const badLabel = refuseLabels(host, labels);
  if (badLabel) return badLabel;
  if (host.includes('_')) warnings.push({ code: 'NAME_UNDERSCORE', key: 'name.underscore' });

  const name = netbiosName(first);
  if (labels.length === 1 && name.length < first.length) {
    warnings.push({
      code: 'NAME_LONG',
      key: 'name.longNetbios',
      params: { most: NETBIOS_LENGTH, name },
    });
  }
  return {
    ok: true,
    name,
    hostName: first.toUpperCase(),
    fqdn: labels.length > 1 ? host.toLowerCase() : null,
    domain,
    original: host === text ? null : text,
    warnings,
  };
}

function withoutDecoration(raw: string): { text: string; domain: string | null } {
  let text = raw.normalize('NFC').replace(blanks, ' ').trim();
  let domain: string | null = null;
  const unc = /^\\\\([^\\]+)$/.exec(text);
  const down = /^([^\\]+)\\([^\\]*)$/.exec(text);
  if (unc) text = unc[1] ?? '';
  else if (down) {
    domain = down[1] ?? null;
    text = down[2] ?? '';
  }
  return { text: text.replace(/\$$/, '').replace(/\.$/, ''), domain };
}

function refuseText(text: string): NameResult | null {
  if (isIpAddress(text)) {
    return no('NAME_IS_ADDRESS', 'name.isAddress', { name: quoted(text) });
  }
  if (/^[=+@]/.test(text))
    return no('NAME_FORMULA', 'name.startsWith', { name: quoted(text), start: text.charAt(0) });
  if (text.startsWith('-'))
    return no('NAME_BAD_LABEL', 'name.startsWith', { name: quoted(text), start: '-' });
  if (control.test(text)) return no('NAME_CONTROL_CHARACTER', 'name.controlCharacters');
  if (broken.test(text)) {
    return no('NAME_BROKEN_ENCODING', 'name.brokenEncoding', { name: quoted(text) });
  }
  const bad = (forbidden.exec(text) ?? noPartOfWords.exec(text))?.[0];
  if (bad !== undefined) {
    return /\s/u.test(bad)
      ? no('NAME_BAD_CHARACTER', 'name.space', { name: quoted(text) })
      : no('NAME_BAD_CHARACTER', 'name.badCharacter', { name: quoted(text), character: visible(bad) });
  }
  return null;
}

/** A character as it is, or its code point when it cannot be seen. */
function visible(character: string): string {
  const code = character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0');
  return /[\p{C}\p{M}\p{Z}]/u.test(character) ? `U+${code}` : character;
}

function refuseLabels(host: string, labels: readonly string[]): NameResult | null {
  for (const part of labels) {
    if (part === '') return no('NAME_EMPTY_LABEL', 'name.emptyLabel', { name: quoted(host) });
    if (part.length > 63) {
      return no('NAME_TOO_LONG', 'name.labelTooLong', { label: `${part.slice(0, 20)}…`, most: 63 });
    }
    if (!label.test(part)) {
      return no('NAME_BAD_LABEL', 'name.badLabel', { label: quoted(part) });
    }
  }
  const first = labels[0] ?? '';
  const last = labels.at(-1) ?? '';
  if (labels.length > 1 && /^(?:\d+|0x[0-9a-f]*)$/i.test(last)) {
    return no('NAME_BROKEN_ADDRESS', 'name.brokenAddress', { name: quoted(host) });
  }
  if (/^\d+$/.test(first)) return no('NAME_ONLY_DIGITS', 'name.onlyDigits', { name: quoted(first) });
  if (RESERVED.has(first.toUpperCase())) {
    return no('NAME_RESERVED', 'name.reserved', { name: quoted(first) });
  }
  return null;
}

/** What is unique of a name within a tenant: the FQDN, else the host name. */
export function nameKeyOf(names: Pick<HostNames, 'hostName' | 'fqdn'>): string {
  return names.fqdn ?? names.hostName;
}

/** Identity of a computer that no directory has given a GUID. */
export function identityByName(names: Pick<HostNames, 'hostName' | 'fqdn'>): string {
  return `name:${nameKeyOf(names)}`;
}

/** Identity of a computer of a directory. @param guid in its usual form with hyphens */
export function identityByGuid(guid: string): string {
  return `ad:${guid.toLowerCase()}`;
}
