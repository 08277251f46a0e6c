/** What somebody has asked for: to search, or to see the keys of the console. Each time another object. */
export interface Asked {
  readonly for: 'search' | 'keys';
}

/** Tells whoever shows the keys of the console that somebody wants to see them. */
export const keysWanted = new EventTarget();

export function showKeys(): void {
  keysWanted.dispatchEvent(new Event('show'));
}
