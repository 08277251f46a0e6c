/** How values of a file compare: without case, and with one blank where there are several. */
export function valueKey(text: string): string {
  return text.normalize('NFC').trim().replace(/\s+/g, ' ').toLowerCase();
}

/** A pattern in which `*` stands for any text and `?` for one character, as a test of values. */
export function patternTest(pattern: string): (value: string) => boolean {
  const wanted = valueKey(pattern);
  if (!/[*?]/.test(wanted)) return (value) => valueKey(value) === wanted;
  const source = wanted
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('?', '.')
    .replace(/\*+/g, '.*');
  const matcher = new RegExp(`^${source}$`, 'su');
  return (value) => matcher.test(valueKey(value));
}
