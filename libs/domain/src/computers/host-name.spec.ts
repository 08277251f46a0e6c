import { hostNameFrom, isCalled, mayBeSameHost, netbiosName } from './host-name.js';

/** 15 characters, the beginning of {@link WHOLE}. */
const CUT = 'LAPTOP-BUCHHALT';
const WHOLE = 'LAPTOP-BUCHHALTUNG-01';
const OTHER = 'LAPTOP-BUCHHALTUNG-02';

const computer = (hostName: string, fqdn: string | null = null, name = netbiosName(hostName)) => ({
  name,
  hostName,
  fqdn,
});

test.each([
  ['PC-01', 'PC-01', true],
  [WHOLE, CUT, true],
  [WHOLE, OTHER, false],
  ['PC-01', 'PC-011', false],
  ['XN--MNCHEN-PC-Q', 'XN--MNCHEN-PC-Q9A', false],
])('%s and %s may be one computer: %p', (one, other, expected) => {
  expect(mayBeSameHost(one, other)).toBe(expected);
  expect(mayBeSameHost(other, one)).toBe(expected);
});

test.each([
  // what it is known as, what it calls itself
  [computer('PC-01'), ['pc-01'], true],
  [computer('PC-01'), [' PC-01. '], true],
  [computer('PC-01'), ['pc-01.corp.test'], true],
  [computer('PC-01'), ['pc-02'], false],
  [computer('PC-01'), ['', ''], false],
  [computer('PC-01', 'pc-01.corp.test'), ['PC-01'], true],
  [computer('PC-01', 'pc-01.corp.test'), ['other', 'pc-01.corp.test'], true],
  [computer('PC-01', 'pc-01.corp.test'), ['pc-01.else.test'], false],
  [computer(WHOLE), [WHOLE], true],
  [computer(WHOLE), [CUT], true],
  [computer(WHOLE), [OTHER], false],
  [computer(WHOLE), [CUT, `${OTHER}.corp.test`], false],
  [computer(WHOLE), [CUT, `${WHOLE}.corp.test`], true],
  [computer(WHOLE, `${WHOLE}.corp.test`.toLowerCase()), [OTHER], false],
  [computer(WHOLE, `${WHOLE}.corp.test`.toLowerCase()), [CUT], true],
  // nobody has told more of it than 15 characters
  [computer(CUT), [WHOLE], true],
  [computer(CUT), [`${WHOLE}.corp.test`], true],
  [computer(CUT, `${CUT}.corp.test`.toLowerCase()), [WHOLE], false],
  [computer('ACCOUNTING'), ['ACCOUNTING-WORKSTATION'], false],
  // a directory whose account was renamed
  [computer('PC-OLD', 'pc-old.corp.test', 'PC-NEW'), ['pc-new'], true],
  [computer('PC-OLD', 'pc-old.corp.test', 'PC-NEW'), ['pc-old'], true],
  [computer('XN--MNCHEN-PC-Q9A'), ['xn--mnchen-pc-q9a'], true],
  [computer('XN--MNCHEN-PC-Q9A'), ['xn--mnchen-pc-q'], false],
])('%j is what calls itself %j: %p', (known, said, expected) => {
  expect(isCalled(known, said)).toBe(expected);
});

test.each([
  [{ name: CUT, fqdn: `${WHOLE}.corp.test`.toLowerCase(), identity: 'ad:1' }, WHOLE],
  [{ name: CUT, fqdn: null, identity: `name:${WHOLE}` }, WHOLE],
  [{ name: CUT, fqdn: null, identity: 'ad:1' }, CUT],
  [{ name: CUT, fqdn: null, identity: null }, CUT],
])('the host name of %j is %s', (stored, expected) => {
  expect(hostNameFrom(stored)).toBe(expected);
});
