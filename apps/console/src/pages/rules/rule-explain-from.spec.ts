/// <reference types="jest" />
import { assignmentFieldsOf, locationFieldsOf } from './rule-explain-from.js';

type Computer = Parameters<typeof locationFieldsOf>[0];

const imported = {
  hostName: 'DESK-01',
  address: '10.20.1.5',
  inventory: { ou: 'OU=Desks,DC=example,DC=test' },
  client: null,
} as Computer;
const registered = {
  ...imported,
  client: {
    location: {
      addresses: ['10.30.1.5/24', 'fd00::5/64'],
      gateway: { ip: '10.30.1.1', mac: '00:11:22:33:44:55' },
      dnsSuffix: 'branch.test',
      adSite: 'Berlin',
      publicAddress: null,
    },
  },
} as Computer;

describe('what the rules are asked about a computer', () => {
  it('is, of an import, what the list has of it', () => {
    expect(assignmentFieldsOf(imported)).toEqual({
      computer: 'DESK-01',
      address: '10.20.1.5',
      ou: 'OU=Desks,DC=example,DC=test',
      adSite: '',
    });
    expect(assignmentFieldsOf(registered).adSite).toBe('Berlin');
  });

  it('is, of a place, where its client was last', () => {
    expect(locationFieldsOf(registered)).toEqual({
      addresses: '10.30.1.5/24, fd00::5/64',
      gatewayIp: '10.30.1.1',
      gatewayMac: '00:11:22:33:44:55',
      dnsSuffix: 'branch.test',
      adSite: 'Berlin',
      publicAddress: '',
    });
  });

  it('is its address alone while no client has said more', () => {
    const { addresses, ...others } = locationFieldsOf(imported);
    expect(addresses).toBe('10.20.1.5');
    expect(Object.values(others).join('')).toBe('');
  });
});
