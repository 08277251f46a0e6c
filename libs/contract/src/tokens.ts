/**
 * Secrets that are shown once look like `<id>.<random>`: the id says whose it is, so that only the secret's SHA-256
 * has to cross the broker. Ids hold no dot.
 *
 * @returns the id in front of a join token, registration token or client secret; null when it is none
 */
export function idOfToken(token: string): string | null {
  const dot = token.indexOf('.');
  const id = token.slice(0, dot);
  return dot > 0 && dot <= 40 && token.length > dot + 20 && /^[A-Za-z0-9-]+$/.test(id) ? id : null;
}

export function makeToken(id: string, secret: string): string {
  return `${id}.${secret}`;
}
