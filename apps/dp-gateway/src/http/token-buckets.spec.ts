import { TokenBuckets } from './token-buckets.js';

describe('rate limits', () => {
  it('lets a burst through, then the steady rate', () => {
    const polls = new TokenBuckets({ perSecond: 10, burst: 20 });
    const first = Array.from({ length: 25 }, () => polls.take('berlin', 0));
    expect(first.filter((wait) => wait === 0)).toHaveLength(20);
    expect(polls.take('berlin', 99)).toBe(1);
    expect(polls.take('berlin', 100)).toBe(0);
    const second = Array.from({ length: 100 }, (_, i) => polls.take('berlin', 1100 + i * 100));
    expect(second.every((wait) => wait === 0)).toBe(true);
  });

  it('says how long to wait', () => {
    const enrolments = new TokenBuckets({ perSecond: 0.5, burst: 1 });
    expect(enrolments.take('192.0.2.1', 0)).toBe(0);
    expect(enrolments.take('192.0.2.1', 0)).toBe(2);
    expect(enrolments.take('192.0.2.1', 1500)).toBe(1);
    expect(enrolments.take('192.0.2.1', 2000)).toBe(0);
  });

  it('keeps callers apart', () => {
    const buckets = new TokenBuckets({ perSecond: 1, burst: 1 });
    expect(buckets.take('a', 0)).toBe(0);
    expect(buckets.take('a', 0)).toBe(1);
    expect(buckets.take('b', 0)).toBe(0);
  });

  it('remembers a bounded number of callers', () => {
    const buckets = new TokenBuckets({ perSecond: 1, burst: 1 }, 100);
    for (let i = 0; i < 10_000; i += 1) buckets.take(`caller-${i}`, i);
    expect(buckets.size).toBe(100);
    expect(buckets.take('caller-9999', 9999)).toBe(1);
  });
});
