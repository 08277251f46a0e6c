import { fitsAccount, passedOver } from './directory-object.js';

const base = 'CN=Computers,DC=corp,DC=test';
const over = (dn: string, account: string, isClusterName = false): unknown =>
  Object(passedOver({ dn, account, isClusterName }) ?? {}).key;

describe('objects of a directory that stand for no computer', () => {
  it('are what a conflict has left, by name and by account', () => {
    const guid = '0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0';
    expect(over(`CN=PC-DUP\\0ACNF:${guid},${base}`, 'PC-DUPX')).toBe('row.conflictObject');
    expect(over(`CN=PC\\, 2\\0aCNF:${guid},${base}`, 'PC-2')).toBe('row.conflictObject');
    expect(over(`CN=PC-DUP\nCNF:${guid},${base}`, 'PC-DUP')).toBe('row.conflictObject');
    expect(over(`CN=PC-DUP,${base}`, '$DUPLICATE-4d2')).toBe('row.conflictObject');
  });

  it('are accounts of the cloud sign-on, and names of clusters', () => {
    expect(over(`CN=AZUREADSSOACC,${base}`, 'AzureADSSOAcc')).toBe('row.cloudAccount');
    expect(over(`CN=AzureADKerberos,${base}`, 'AZUREADKERBEROS')).toBe('row.cloudAccount');
    expect(over(`CN=SQL-CL,${base}`, 'SQL-CL', true)).toBe('row.clusterName');
  });

  it('are no computers with names like theirs', () => {
    for (const account of ['PC-CNF', 'DUPLICATE', 'AZUREAD', 'CNF'])
      expect(over(`CN=${account},OU=CNF: Lab,${base}`, account)).toBeUndefined();
  });
});

describe('a DNS name', () => {
  it.each([
    ['pc-1.corp.test', 'PC-1', true],
    ['langerrechnername-mit-mehr.corp.test', 'LANGERRECHNERNA', true],
    ['pc-old.corp.test', 'PC-NEW', false],
    ['pc-10.corp.test', 'PC-1', false],
  ])('%s of the account %s', (dnsName, account, fits) => {
    expect(fitsAccount(dnsName, account)).toBe(fits);
  });
});
