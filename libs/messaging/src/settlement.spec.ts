import { mongo } from 'mongoose';
import { DomainError } from '#domain';
import { isPassing, settlementOf } from './settlement.js';

describe('what becomes of a message whose handler failed', () => {
  const network = new mongo.MongoNetworkError('connection closed');
  const bulk = new mongo.MongoBulkWriteError(network, {} as never);
  const steppedDown = new mongo.MongoServerError({ message: 'not primary', code: 10_107 });

  it.each([
    ['a cut connection', network],
    ['a bulk that it ended', bulk],
    ['a primary that stepped down', steppedDown],
  ])('is another try for as long as the database is away: %s', (_, error) => {
    expect(isPassing(error)).toBe(true);
    expect(settlementOf(error, 100)).toMatchObject({ kind: 'retry' });
  });

  it('is a dead letter when a rule is broken, and when nobody knows the fault after some tries', () => {
    expect(settlementOf(new DomainError('WRONG_STATE', 'order.cancelled'), 1)).toMatchObject({
      kind: 'dead',
    });
    expect(settlementOf(new Error('what?'), 7)).toMatchObject({ kind: 'retry' });
    expect(settlementOf(new Error('what?'), 8)).toMatchObject({ kind: 'dead' });
  });
});
