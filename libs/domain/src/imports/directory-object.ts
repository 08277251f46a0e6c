import { importMessage, type ImportMessage } from './import-texts.js';

/** What tells an object of a directory that stands for no computer from one that does. */
export interface DirectoryObject {
  dn: string;
  /** sAMAccountName without the dollar sign. */
  account: string;
  /** It has a service name of a failover cluster (MSClusterVirtualServer). */
  isClusterName: boolean;
}

/** Accounts of class computer that Microsoft's cloud services keep in a domain. */
const CLOUD_ACCOUNTS: ReadonlySet<string> = new Set(['AZUREADSSOACC', 'AZUREADKERBEROS']);

/**
 * Why an object of class computer is passed over: it is one of those that no machine stands behind. Null: it is a computer.
 *
 * - Two controllers made an object of the same name: the loser's name gets `CNF:` and its GUID, a doubled account
 *   `$DUPLICATE-…` ([MS-ADTS] 3.1.1.5.1.2, naming conflicts).
 * - Single sign-on and Kerberos of the cloud are accounts of class computer.
 * - A failover cluster has an object for each of its names; its machines have objects of their own.
 */
export function passedOver({ dn, account, isClusterName }: DirectoryObject): ImportMessage | null {
  if (/^[^=]+=(?:\\.|[^,\\])*?(?:\\0A|\n)(?:CNF|DEL):/i.test(dn) || /^\$?DUPLICATE-/i.test(account)) {
    return importMessage('PASSED_OVER', 'row.conflictObject');
  }
  if (CLOUD_ACCOUNTS.has(account.toUpperCase())) return importMessage('PASSED_OVER', 'row.cloudAccount');
  return isClusterName ? importMessage('PASSED_OVER', 'row.clusterName') : null;
}

/** Whether a DNS name is that of an account: the account is its first label, as long as an account can be. */
export function fitsAccount(dnsName: string, account: string): boolean {
  const [label = ''] = dnsName.split('.');
  const longest = 15;
  return label.slice(0, longest).toLowerCase() === account.slice(0, longest).toLowerCase();
}
