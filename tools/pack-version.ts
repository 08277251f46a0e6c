/**
 * The source of what the programs take for their version, with another version in it.
 *
 * @throws Error when it does not say the version that is to be replaced: a package would call itself by a name that its
 *   programs do not have
 */
export function withVersion(source: string, own: string, version: string): string {
  if (!source.includes(`'${own}'`)) throw new Error(`what was built does not say '${own}': npm run build`);
  return source.replace(`'${own}'`, `'${version}'`);
}
