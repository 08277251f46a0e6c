/** The element, if there is no other. */
export function onlyOf<Item>(items: readonly Item[]): Item | undefined {
  return items.length === 1 ? items[0] : undefined;
}

/** What a brake holds, joined by commas; null where nothing of it has a name that one may see. */
export function heldNames(parts: readonly (string | null | undefined)[]): string | null {
  const known = parts.filter((part) => typeof part === 'string');
  return known.length === 0 ? null : known.join(', ');
}
