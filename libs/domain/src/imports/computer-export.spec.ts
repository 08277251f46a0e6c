import { LANGUAGES, textIn } from '#texts';
import type { Computer } from '../computers/computer.js';
import { computersCsv } from './computer-export.js';
import { columnsOfHeader } from './import-header.js';

const COMPUTER = {
  id: '0198c0de-0001-7000-8000-000000000001',
  tenant: 'default',
  name: 'LAPTOP-BUCHHALT',
  hostName: 'LAPTOP-BUCHHALTUNG-01',
  fqdn: null,
  address: '10.1.2.3',
  state: 'ready',
  dp: { fixed: null, assigned: 'site-07', since: null },
  inventory: {
    os: 'Windows 11 Pro',
    version: '10.0 (26100)',
    description: '=Empfang; "links"',
    location: null,
    ou: 'OU=Bonn,DC=example,DC=org',
    enabled: true,
    lastLogon: new Date('2026-11-03T08:00:00Z'),
  },
  client: { version: '2.1.0', lastContact: new Date('2026-11-04T09:30:00Z') },
} as unknown as Computer;

async function lines(language: (typeof LANGUAGES)[number]): Promise<string[]> {
  let text = '';
  for await (const part of computersCsv([COMPUTER], (one) => textIn(language, one))) text += part;
  return text.replace(/^\ufeff/, '').split('\r\n');
}

describe('computers as CSV', () => {
  it.each(LANGUAGES)('have headings that an import understands, in %s', async (language) => {
    const [header = ''] = await lines(language);
    expect(columnsOfHeader(header.split(';'))).toEqual({
      name: 0,
      fqdn: 1,
      address: 2,
      dp: 3,
      description: 4,
      location: 5,
      os: 6,
      version: 7,
      lastLogon: 8,
      enabled: 9,
    });
  });

  it('have the wanted columns alone, in their order', async () => {
    let text = '';
    for await (const part of computersCsv([COMPUTER], (one) => textIn('en', one), ['state', 'name']))
      text += part;
    expect(text).toBe('\ufeffState;Computer name\r\nready;LAPTOP-BUCHHALTUNG-01\r\n');
  });

  it('have the whole host name, the DP that counts, and nothing that a spreadsheet would run', async () => {
    expect((await lines('en'))[1]).toBe(
      'LAPTOP-BUCHHALTUNG-01;;10.1.2.3;site-07;"\'=Empfang; ""links""";;Windows 11 Pro;10.0 (26100);' +
        '2026-11-03T08:00:00.000Z;true;OU=Bonn,DC=example,DC=org;default;ready;2.1.0;2026-11-04T09:30:00.000Z;' +
        '0198c0de-0001-7000-8000-000000000001',
    );
  });
});
