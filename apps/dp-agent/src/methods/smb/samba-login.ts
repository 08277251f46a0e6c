import type { WireOrder } from '#contract';
import type { AccountSecret } from '#sealing';
import { StepFailed } from '../../failures/failure.js';

/** Samba reads so much from a file descriptor, and would try what it has of a longer one. */
const PASSWORD_BYTES = 127;

/** A domain that accounts of this DP's computers are in. */
export interface SmbDomain {
  /** Kerberos realm, which is the domain's DNS name in capitals. */
  readonly realm: string;
  /** The short (NetBIOS) name. */
  readonly name?: string | undefined;
  /** Its domain controllers, `host` or `host:port`; without any they are looked up in DNS. */
  readonly kdc?: readonly string[] | undefined;
}

/** Where a computer is logged in to. */
export interface SambaTarget {
  readonly host: string;
  /** The host is the computer's full DNS name, which Kerberos needs. */
  readonly isFqdn: boolean;
}

/** How one account logs in to one computer. */
export interface SambaLogin extends SambaTarget {
  /** As `-U` takes it. */
  readonly user: string;
  readonly password: string;
  readonly kerberos: boolean;
}

/** What a DP allows and knows about logins. */
export interface LoginRules {
  readonly ntlm: 'allowed' | 'refused';
  readonly domains: readonly SmbDomain[];
}

/**
 * Decides how an account logs in, before anything is sent: by Kerberos wherever that can work, by NTLM where it cannot and the DP
 * allows it. There is one login, by one of them; a refused one is not tried again by the other.
 *
 * @throws StepFailed KERBEROS_NOT_POSSIBLE, LOGIN_METHOD_MISSING
 */
export function loginFor(
  secret: AccountSecret,
  { computer }: Pick<WireOrder, 'computer'>,
  target: SambaTarget,
  rules: LoginRules,
): SambaLogin {
  const { password } = secret;
  if (password === undefined) throw missing('the account has no password; SMB takes nothing else');
  if (password === '' || /[\0\r\n]/.test(password) || Buffer.byteLength(password) > PASSWORD_BYTES)
    throw missing(`Samba can be given passwords of 1 to ${PASSWORD_BYTES} bytes without line ends only`);
  const { user, domain } = accountOf(secret);
  // Samba takes what follows for the password
  if (user.includes('%')) throw missing('the user name holds a percent sign, which Samba cannot be given');
  const short = computer.name.slice(0, 15);
  const isOfComputer = domain === '' || domain === '.' || domain.toLowerCase() === short.toLowerCase();
  const realm = isOfComputer ? null : realmOf(domain, computer.fqdn, rules.domains);
  const common = { ...target, password };
  if (realm !== null && target.isFqdn) return { ...common, user: `${user}@${realm}`, kerberos: true };
  if (rules.ntlm === 'allowed')
    return { ...common, user: `${isOfComputer ? short : domain}\\${user}`, kerberos: false };
  throw notPossible(whyNot(isOfComputer, domain, target, computer.fqdn));
}

function accountOf({ username, domain }: AccountSecret): { user: string; domain: string } {
  if (domain !== undefined && domain !== '') return { user: username, domain };
  const back = username.indexOf('\\');
  if (back >= 0) return { user: username.slice(back + 1), domain: username.slice(0, back) };
  const at = username.lastIndexOf('@');
  return at < 0
    ? { user: username, domain: '' }
    : { user: username.slice(0, at), domain: username.slice(at + 1) };
}

/** The realm behind a domain's name; null when a short name is all that is known of it. */
function realmOf(domain: string, fqdn: string | null, domains: readonly SmbDomain[]): string | null {
  const wanted = domain.toUpperCase();
  const known = domains.find(
    ({ realm, name }) => realm.toUpperCase() === wanted || name?.toUpperCase() === wanted,
  );
  if (known) return known.realm.toUpperCase();
  if (domain.includes('.')) return wanted;
  // a domain's short name is the first part of its long one, unless somebody chose another
  const suffix = fqdn?.slice(fqdn.indexOf('.') + 1).toUpperCase() ?? '';
  return suffix.split('.')[0]?.slice(0, 15) === wanted ? suffix : null;
}

function whyNot(isOfComputer: boolean, domain: string, { host }: SambaTarget, fqdn: string | null): string {
  const allow = 'or allow NTLM on this DP (smb.ntlm: allowed)';
  if (isOfComputer)
    return `the account is one of the computer itself, for which there is no Kerberos: use one of the domain, ${allow}`;
  if (fqdn === null) return `the computer has no full DNS name, only ${host}: give it one, ${allow}`;
  if (host !== fqdn) return `the name ${fqdn} is not found at this site: see to its DNS record, ${allow}`;
  return `nothing but the short name ${domain} is known of the account's domain: name its realm (smb.domains), ${allow}`;
}

function notPossible(text: string): StepFailed {
  return new StepFailed('auth', 'KERBEROS_NOT_POSSIBLE', { system: 'dp', code: 'KERBEROS', text });
}

function missing(text: string): StepFailed {
  return new StepFailed('auth', 'LOGIN_METHOD_MISSING', { system: 'dp', code: 'PASSWORD', text });
}
