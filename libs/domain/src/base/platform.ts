/** Kinds of operating systems that decide which way a DP goes to a computer; the names are those of a DP's `platforms`. */
export const PLATFORMS = ['windows', 'linux', 'darwin'] as const;
export type Platform = (typeof PLATFORMS)[number];

const SIGNS: readonly (readonly [Platform, RegExp])[] = [
  ['windows', /windows/i],
  ['darwin', /\b(mac ?os|os ?x|darwin)\b/i],
  ['linux', /linux|ubuntu|debian|red ?hat|\brhel\b|centos|rocky|fedora|suse/i],
];

/**
 * The platform that an operating system's name stands for, as a directory, a file or a client tells it.
 *
 * @returns null where nobody can tell: nothing may be refused for that
 */
export function platformOf(os: string | null): Platform | null {
  if (os === null) return null;
  return SIGNS.find(([, sign]) => sign.test(os))?.[0] ?? null;
}
