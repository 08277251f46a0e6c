import { OptimisticLockError, retryLost, retryWhenBeaten } from './optimistic-lock.js';

describe('a write that others were faster with', () => {
  it('is tried again until it wins', async () => {
    const outcomes = [undefined, undefined, 'won'];
    expect(await retryWhenBeaten('thing', async () => outcomes.shift())).toBe('won');
    expect(outcomes).toEqual([]);
  });

  it('is given up after five tries, as a passing fault that names the thing', async () => {
    let tries = 0;
    const attempt = async (): Promise<undefined> => {
      tries += 1;
      return undefined;
    };
    await expect(retryWhenBeaten('account a-1', attempt)).rejects.toThrow(
      new OptimisticLockError('account a-1'),
    );
    expect(tries).toBe(5);
  });

  it('is tried again for the lost ones of many only', async () => {
    const asked: (readonly string[])[] = [];
    await retryLost('orders', ['a', 'b', 'c'], async (open) => {
      asked.push(open);
      return open.slice(1);
    });
    expect(asked).toEqual([['a', 'b', 'c'], ['b', 'c'], ['c']]);
  });

  it('is given up after five tries for those of many that never win', async () => {
    let tries = 0;
    const attempt = async (): Promise<string[]> => {
      tries += 1;
      return ['a', 'b', 'c', 'd'];
    };
    await expect(retryLost('orders', ['a', 'b', 'c', 'd', 'e'], attempt)).rejects.toThrow(
      new OptimisticLockError('orders a, b, c'),
    );
    expect(tries).toBe(5);
  });
});
