import { proofText } from '#contract';
import { generateSigningKeyPair, signText } from '#sealing';
import { judgeAnswer } from './gateway-proof.js';

const server = generateSigningKeyPair();
const stranger = generateSigningKeyPair();
const at = '2026-03-02T08:00:00.000Z';
const nonce = 'n'.repeat(22);
const signed = (by = server, said = { nonce, at }): string =>
  JSON.stringify({ ...said, signature: signText(by.privateKey, proofText(said)) });
const judge = (status: number, contentType: string, body: string, location: string | null = null) =>
  judgeAnswer({ status, contentType, body, location }, nonce, server.publicKey);
const JSON_TYPE = 'application/json; charset=utf-8';
const PROBLEM = 'application/problem+json; charset=utf-8';

describe('who answers at the address of the gateway', () => {
  it('is the gateway when the server has signed the answer', () => {
    expect(judge(200, JSON_TYPE, signed())).toEqual({ kind: 'gateway', at: new Date(at) });
  });

  it.each<[string, ReturnType<typeof judge>, RegExp]>([
    [
      'a captive portal',
      judge(200, 'text/html', '<html><title> Hotel </title>'),
      /titled "Hotel".*captive portal/,
    ],
    ['one that names no type', judge(200, '', '<!DOCTYPE html>'), /captive portal/],
    ['one that says so', judge(511, 'text/html', ''), /captive portal/],
    ['a redirect', judge(302, '', '', 'http://portal/'), /sends to http:\/\/portal\/: a captive portal/],
    ['a proxy that wants a login', judge(407, 'text/html', ''), /the proxy wants a login/],
    ["a proxy's page", judge(503, 'text/html', '<title>Squid</title>'), /titled "Squid".*status 503.*proxy/],
    ['another server', judge(200, JSON_TYPE, '{"ok":true}'), /no gateway \(status 200/],
    ["another server's gateway", judge(200, JSON_TYPE, signed(stranger)), /another server/],
    ['a cache', judge(200, JSON_TYPE, signed(server, { nonce: 'o'.repeat(22), at })), /cache/],
    ['a changed time', judge(200, JSON_TYPE, signed().replace('08:00', '09:00')), /not signed/],
    ['an empty answer', judge(204, '', ''), /no gateway/],
  ])('is told: %s', (_, answerer, what) => {
    expect(answerer).toMatchObject({ kind: 'other', what: expect.stringMatching(what) as string });
  });

  it.each([
    [404, 'older'],
    [503, 'away'],
    [429, 'away'],
  ])('may be a gateway without an answer: %i is %s', (status, kind) => {
    expect(judge(status, PROBLEM, '{}')).toEqual({ kind });
  });
});
