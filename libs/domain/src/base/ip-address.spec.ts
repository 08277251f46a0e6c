import { isIP } from 'node:net';
import fc from 'fast-check';
import { isIpAddress } from './ip-address.js';

test.each([
  '10.0.0.1',
  '::',
  '::1',
  'fe80::1%eth0',
  '2001:db8::ff00:42:8329',
  '::ffff:192.0.2.1',
  '1:2:3:4:5:6:7:8',
])('%s is an address', (text) => expect(isIpAddress(text)).toBe(true));

test.each([
  '',
  '10.0.0',
  '10.0.0.256',
  '01.2.3.4',
  '1:2:3:4:5:6:7',
  '1::2::3',
  ':1',
  '12345::',
  '::1%',
  'pc01',
])('%s is none', (text) => expect(isIpAddress(text)).toBe(false));

test('says of any text what Node says', () => {
  const pieces = fc.array(
    fc.oneof(
      fc.constantFrom(':', '::', '.', '%e'),
      fc.nat(300).map(String),
      fc.constantFrom('ff', 'ffff', '0'),
    ),
    {
      maxLength: 17,
    },
  );
  const texts = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    pieces.map((parts) => parts.join('')),
    fc.string(),
  );
  fc.assert(
    fc.property(texts, (text) => isIpAddress(text) === isIP(text) > 0),
    { numRuns: 20_000 },
  );
});
