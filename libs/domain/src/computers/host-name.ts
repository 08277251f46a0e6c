/** What a computer is called. */
export interface HostNames {
  /** NetBIOS name, upper case: see {@link netbiosName}. A directory may know another one than `hostName` gives. */
  name: string;
  /** The whole host name without a domain, upper case. */
  hostName: string;
  /** Lower case; null when no domain is known. */
  fqdn: string | null;
}

/** Characters of a NetBIOS name (MS-NBTE 2.2.1: the sixteenth is the type). */
export const NETBIOS_LENGTH = 15;

/**
 * The NetBIOS name that Windows makes of a host name: its first 15 characters. An international name stays whole: what
 * would be cut is its `xn--` form, and half of that is another name or none.
 */
export function netbiosName(hostName: string): string {
  const upper = hostName.toUpperCase();
  return upper.startsWith('XN--') ? upper : upper.slice(0, NETBIOS_LENGTH);
}

/**
 * The host name of what was stored without one, by a version that knew NetBIOS names only: the FQDN and the identity by
 * name have it whole.
 */
export function hostNameFrom(stored: { name: string; fqdn: string | null; identity: string | null }): string {
  const { name, fqdn, identity } = stored;
  const whole = fqdn ?? (identity?.startsWith('name:') ? identity.slice('name:'.length) : name);
  return firstLabel(whole);
}

/**
 * Whether two host names may be one computer's: they are the same, or one is all that NetBIOS leaves of the other. Longer
 * ones that only begin alike are two computers.
 */
export function mayBeSameHost(one: string, other: string): boolean {
  return one === other || isCutOf(one, other) || isCutOf(other, one);
}

/** Whether this is what NetBIOS leaves of a longer name. */
export function isCutOf(cut: string, whole: string): boolean {
  return cut.length === NETBIOS_LENGTH && whole.length > NETBIOS_LENGTH && netbiosName(whole) === cut;
}

/**
 * Whether a computer that calls itself so is the one that is meant: by its FQDN where both have one, else by its host name,
 * or by its NetBIOS name where that is all that one side knows. Of two names that it says, one being the beginning of the
 * other, the whole one counts.
 *
 * @param said with or without a domain, international names in their `xn--` form
 */
export function isCalled(computer: HostNames, said: readonly string[]): boolean {
  const names = said
    .map((name) => name.trim().replace(/\.$/, '').toLowerCase())
    .filter((name) => name !== '');
  const labels = names.map(firstLabel);
  const whole = names.filter((name, index) => {
    const label = labels[index] ?? '';
    return name.includes('.') || !labels.some((other) => isCutOf(label, other));
  });
  return whole.some((name) => {
    if (name.includes('.') && computer.fqdn) return name === computer.fqdn;
    const label = firstLabel(name);
    if (label === computer.name || label === computer.hostName) return true;
    return isCutOf(label, computer.hostName) || isUnknownRest(computer, label);
  });
}

/** A name of 15 characters that nobody has told a domain of may be the beginning of a longer one. */
function isUnknownRest({ hostName, fqdn }: HostNames, said: string): boolean {
  return fqdn === null && isCutOf(hostName, said);
}

function firstLabel(name: string): string {
  return (name.split('.')[0] ?? '').toUpperCase();
}
