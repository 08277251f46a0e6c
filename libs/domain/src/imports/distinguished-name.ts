/** The parts of a distinguished name, as they are written (RFC 4514); a backslash protects a comma. */
export function partsOfDn(dn: string): string[] {
  return dn.match(/(?:\\.|[^,\\])+/gsu) ?? [];
}

/** Directories write the same name in different ways: upper and lower case, and blanks behind commas. */
export function dnKey(dn: string): string {
  return partsOfDn(dn)
    .map((part) => part.trim().replace(/\s*=\s*/, '='))
    .join(',')
    .normalize('NFC')
    .toLowerCase();
}

/** Whether it has the form of a distinguished name: each part names its attribute. */
export function isDn(text: string): boolean {
  const parts = partsOfDn(text);
  return parts.length > 0 && parts.every((part) => /^\s*[A-Za-z][A-Za-z0-9.-]*\s*=\s*\S/.test(part));
}

/** Whether an entry is the other one, or stands anywhere below it; both as {@link dnKey} gives them. */
export function isAtOrBelow(key: string, base: string): boolean {
  return key === base || key.endsWith(`,${base}`);
}
