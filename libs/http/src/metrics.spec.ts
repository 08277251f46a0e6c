import { mayReadMetrics } from './metrics.js';

const TOKEN = 'a-token-of-metrics';

describe('the metrics of a program', () => {
  it.each<[string, boolean, Record<string, unknown>, string]>([
    ['the same machine', true, {}, '127.0.0.1'],
    ['the same machine over IPv6', true, {}, '::1'],
    ['another machine', false, {}, '192.0.2.1'],
    ['somebody behind a proxy', false, { 'x-forwarded-for': '192.0.2.1' }, '127.0.0.1'],
    ['somebody who says to be here', false, { 'x-forwarded-for': '127.0.0.1' }, '127.0.0.1'],
    ['somebody behind nginx', false, { 'x-real-ip': '192.0.2.1' }, '127.0.0.1'],
    ['somebody behind a proxy of RFC 7239', false, { forwarded: 'for=192.0.2.1' }, '::1'],
  ])('without a token, for %s: %p', (_, isShown, headers, address) => {
    expect(mayReadMetrics(undefined, headers, address)).toBe(isShown);
  });

  it.each<[string | undefined, boolean]>([
    [`Bearer ${TOKEN}`, true],
    [`Bearer ${TOKEN}x`, false],
    [`Basic ${TOKEN}`, false],
    [undefined, false],
  ])('with a token, for %p: %p', (authorization, isShown) => {
    const headers = { authorization, 'x-forwarded-for': '192.0.2.1' };
    expect(mayReadMetrics(TOKEN, headers, '192.0.2.1')).toBe(isShown);
    expect(mayReadMetrics(TOKEN, { authorization }, '127.0.0.1')).toBe(isShown);
  });
});
