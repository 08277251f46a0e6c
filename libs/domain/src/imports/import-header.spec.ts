import { chooseColumns, columnOfHeader, columnsOfHeader, twiceInHeader } from './import-header.js';

test.each([
  ['Name', 'name'],
  ['COMPUTERNAME', 'name'],
  ['Computer name', 'name'],
  ['computer_name', 'name'],
  ['Rechnername', 'name'],
  ['Hostname', 'name'],
  ['sAMAccountName', 'name'],
  ['Gerätename', 'name'],
  ['Geraetename', 'name'],
  ['Geratename', 'name'],
  ['DNSHostName', 'fqdn'],
  ['FQDN', 'fqdn'],
  ['Vollständiger Computername', 'fqdn'],
  ['OperatingSystem', 'os'],
  ['Betriebssystem', 'os'],
  ['OperatingSystemVersion', 'version'],
  ['Description', 'description'],
  ['Beschreibung', 'description'],
  ['Location', 'location'],
  ['Standort', 'location'],
  ['IP', 'address'],
  ['IPv4Address', 'address'],
  ['IP-Adresse', 'address'],
  ['DP', 'dp'],
  ['Distribution point', 'dp'],
  ['LastLogonDate', 'lastLogon'],
])('%s is the column %s', (header, column) => {
  expect(columnOfHeader(header)).toBe(column);
});

test('what is no known header is no column', () => {
  expect(columnOfHeader('')).toBeNull();
  expect(columnOfHeader('Seriennummer')).toBeNull();
  expect(columnOfHeader('Имя')).toBeNull();
});

test('an export of Active Directory names the computer by its account, not by its common name', () => {
  expect(columnsOfHeader(['DistinguishedName', 'DNSHostName', 'Enabled', 'Name', 'SamAccountName'])).toEqual({
    fqdn: 1,
    enabled: 2,
    name: 4,
  });
});

test('a header that occurs twice is named with both columns, counted from 1', () => {
  const headers = ['Name', 'IP', '', ' name ', 'ip'];
  const columns = { name: 0, address: 1 };
  expect(twiceInHeader(headers, columns, [['pc1', 'a', 'x', 'pc2', 'b']])).toEqual({
    header: 'Name',
    first: 1,
    second: 4,
  });
  // with the same in it, or where it decides nothing, it does no harm
  expect(twiceInHeader(headers, columns, [['pc1', 'a', 'x', ' pc1', 'b']])).toBeNull();
  expect(twiceInHeader(['', 'a', ''], {}, [['pc1', 'a', 'x']])).toBeNull();
});

describe('columns said by a person', () => {
  const headers = ['Kennung', 'Bezeichnung', 'Name'];

  test('go before those that were found', () => {
    expect(chooseColumns({ name: 2 }, headers, 3, { name: 0 })).toEqual({ columns: { name: 0 } });
  });
  test('are found by their header as well, in any case', () => {
    expect(chooseColumns({}, headers, 3, { name: 'kennung ' })).toEqual({ columns: { name: 0 } });
    expect(chooseColumns({}, ['Имя', 'Место'], 2, { location: 'Место' })).toEqual({
      columns: { location: 1 },
    });
  });
  test('take a column away from what it was found to be', () => {
    expect(chooseColumns({ name: 2 }, headers, 3, { description: 2 })).toEqual({
      columns: { description: 2 },
    });
  });
  test('may name one column for two things', () => {
    expect(chooseColumns({}, headers, 3, { name: 0, description: 0 })).toEqual({
      columns: { name: 0, description: 0 },
    });
  });
  test.each([3, -1, 'Raum'])('%j is not there', (wish) => {
    expect(chooseColumns({}, headers, 3, { name: wish })).toEqual({ missing: wish });
  });
});
